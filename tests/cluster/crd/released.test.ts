import { globSync, readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { parsePipelineObject } from '../../../adapters/manifest/parse-pipeline-object.ts'
import type { ApiObject } from '../../support/cluster/api-client.ts'
import { ControlPlane } from '../../support/cluster/control-plane.ts'
import { installCrd } from '../../support/cluster/pipeline-fixture.ts'
import { kubectl } from '../../support/cluster/run-tool.ts'

// Objects that a cluster holds since an earlier version. Each version leaves its CRD and some objects here when it is released; they are
// never changed.

const RELEASED = 'tests/cluster/fixtures/released'
const PIPELINES = '/apis/metricspipelines.io/v1alpha1/namespaces/default/metricspipelines'

describe.each(readdirSync(RELEASED))('%s', (version) => {
  const files = globSync(`${RELEASED}/${version}/objects/*.yaml`)

  test('its objects are valid, and can be changed, after the CRD is replaced by that of today', async () => {
    expect(files.length).toBeGreaterThan(0)
    await using plane = await ControlPlane.start()
    const run = async (...args: readonly string[]) => expect(await kubectl(plane, args)).toMatchObject({ code: 0 })
    await run('apply', '-f', `${RELEASED}/${version}/crd.yaml`)
    await run('wait', '--for=condition=Established', 'crd/metricspipelines.metricspipelines.io')
    for (const file of files) await run('apply', '-f', file)
    const before = await plane.api.list(PIPELINES)
    await installCrd(plane)

    for (const object of before) {
      const { name } = object['metadata']
      const path = `${PIPELINES}/${name}`
      expect((await plane.api.get(path))['spec']).toMatchObject(object['spec']) // and defaults of today
      const changed = await plane.api.patch(path, { metadata: { labels: { seen: 'true' } }, spec: { suspend: true } })
      expect(parsePipelineObject(changed)).not.toHaveProperty('problems')
    }
    for (const file of files) await run('apply', '-f', file)

    // An object that is there may keep what is no longer allowed; only a new one shows that nothing was forbidden.
    for (const file of files) {
      const { metadata, ...object } = parse(readFileSync(file, 'utf8')) as ApiObject
      await plane.api.create(`${PIPELINES}?dryRun=All`, { ...object, metadata: { name: `new-${metadata.name}` } })
    }
  })

  test.each(files.map((file) => [basename(file), file]))(
    '%s means something to the operator of today',
    (_name, file) => {
      expect(parsePipelineObject(parse(readFileSync(file, 'utf8')))).not.toHaveProperty('problems')
    },
  )
})
