import { afterAll, beforeAll, expect, test } from 'vitest'
import { OperatedNamespace } from '../../support/cluster/operated-namespace.ts'
import { eventually } from '../../support/eventually.ts'

/** As long as a name may be. */
const NAME = 'a'.padEnd(40, 'b')

/** More than nine, so that the index of a pod is longer. */
const SHARDS = 12

let here: OperatedNamespace

beforeAll(async () => {
  here = await OperatedNamespace.open()
})

afterAll(() => here[Symbol.asyncDispose]())

test('the longest name leaves room for what Kubernetes puts behind it', async () => {
  await here.settled(NAME, {
    aggregation: { shards: SHARDS },
    database: {
      connection: { secretKeyRef: { name: 'postgres', key: 'url' } },
      maxConnections: 200,
    },
  })
  const cronJobs = await here.namespace.list('batch/v1/cronjobs')
  const minutes = String(Math.floor(Date.now() / 60_000)) // what the controller of CronJobs puts behind their names
  for (const { metadata, spec } of cronJobs) {
    const name = `${metadata.name}-${minutes}`
    await here.namespace.create('batch/v1/jobs', {
      ...spec.jobTemplate,
      metadata: { ...spec.jobTemplate.metadata, name },
    })
    await eventually(async () => {
      const pods = await here.namespace.list('pods', `batch.kubernetes.io/job-name=${name}`)
      expect(pods).toHaveLength(spec.jobTemplate.spec.completions)
    })
    // The controller of Jobs lets a failed pod go when it has counted it, which in a namespace that ends takes long.
    await here.namespace.delete('batch/v1/jobs', name, { propagationPolicy: 'Foreground' })
    await eventually(async () => {
      expect(await here.namespace.list('pods', `batch.kubernetes.io/job-name=${name}`)).toEqual([])
    })
  }
})
