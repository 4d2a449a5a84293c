import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApiObject } from '../support/cluster/api-client.ts'
import { ControlPlane } from '../support/cluster/control-plane.ts'
import { projectImage } from '../support/cluster/images.ts'
import type { OwnCluster } from '../support/cluster/own-cluster.ts'
import { PlayedNode, PROJECT_IMAGE } from '../support/cluster/played-node.ts'
import { kubectl } from '../support/cluster/run-tool.ts'
import { sharedControlPlane } from '../support/cluster/shared-cluster.ts'
import { TestNamespace } from '../support/cluster/test-namespace.ts'
import { eventually } from '../support/eventually.ts'
import { descendantsOf, stillRunning } from '../support/process-list.ts'
import { RunningProcess } from '../support/running-process.ts'

const FOREVER = 'trap "echo told to go; exit 0" TERM; echo here; while :; do sleep 0.05; done'

let plane: OwnCluster
let node: PlayedNode
let shop: TestNamespace

beforeAll(async () => {
  plane = await sharedControlPlane()
  node = await PlayedNode.join(plane, {
    images: { shell: {}, [PROJECT_IMAGE]: projectImage() },
    backoff: { firstMs: 1_000, mostMs: 2_000 },
  })
  shop = await TestNamespace.create(plane)
  await shop.create('batch/v1/cronjobs', {
    metadata: { name: 'minutely' },
    spec: { schedule: '* * * * *', jobTemplate: { spec: { template: pod('echo due', { restartPolicy: 'Never' }) } } },
  })
})
afterAll(async () => {
  await shop?.[Symbol.asyncDispose]()
  await node?.[Symbol.asyncDispose]()
})

describe('a Deployment', () => {
  test('becomes available, and replaces its pods when its template changes', async () => {
    await shop.create('apps/v1/deployments', deployment('counter', `echo first; ${FOREVER}`))
    await eventually(async () =>
      expect((await shop.get('apps/v1/deployments', 'counter'))['status']).toMatchObject({ availableReplicas: 2 }),
    )
    const before = await shop.list('pods', 'app=counter')
    expect(new Set(before.map(({ status }) => status.podIP)).size).toBe(2)
    await eventually(() => expect(before.map((pod) => node.logsOf(pod))).toEqual(['first\nhere\n', 'first\nhere\n']))

    const { spec } = deployment('counter', `echo second; ${FOREVER}`)
    await shop.patch('apps/v1/deployments', 'counter', { spec })
    await eventually(async () => {
      const pods = await shop.list('pods', 'app=counter')
      expect(pods.map((pod) => node.logsOf(pod))).toEqual(['second\nhere\n', 'second\nhere\n'])
    })
    expect(before.map((pod) => node.logsOf(pod))).toEqual(['first\nhere\ntold to go\n', 'first\nhere\ntold to go\n'])
  })
})

test('a Job is complete when its pod has ended well', async () => {
  await shop.create('batch/v1/jobs', job('errand', pod('echo done', { restartPolicy: 'Never' })))
  await eventually(async () => expect(await conditionsOf('batch/v1/jobs', 'errand')).toContain('Complete'))
  const [ran] = await shop.list('pods', 'job-name=errand')
  expect(ran?.['status']).toMatchObject({
    phase: 'Succeeded',
    containerStatuses: [{ state: { terminated: { exitCode: 0, reason: 'Completed' } } }],
  })
})

test('a Job of one attempt has failed when its pod has', async () => {
  const failing = pod('echo no stock; exit 3', { restartPolicy: 'Never' })
  await shop.create('batch/v1/jobs', job('failing', failing, { backoffLimit: 0 }))
  await eventually(async () => expect(await conditionsOf('batch/v1/jobs', 'failing')).toContain('Failed'))
  const [failed] = await shop.list('pods', 'job-name=failing')
  expect(failed?.['status']).toMatchObject({
    phase: 'Failed',
    containerStatuses: [{ state: { terminated: { exitCode: 3, reason: 'Error', message: 'no stock' } } }],
  })
})

test('each pod of an Indexed Job knows its index', async () => {
  const each = pod('echo $JOB_COMPLETION_INDEX', { restartPolicy: 'Never' })
  await shop.create('batch/v1/jobs', job('shards', each, { completionMode: 'Indexed', completions: 3, parallelism: 3 }))
  await eventually(async () => expect(await conditionsOf('batch/v1/jobs', 'shards')).toContain('Complete'))
  const logs = (await shop.list('pods', 'job-name=shards')).map((ran) => node.logsOf(ran))
  expect(logs.sort()).toEqual(['0\n', '1\n', '2\n'])
})

test('variables come from values, Secrets, ConfigMaps and the pod itself, and may name each other', async () => {
  await shop.create('secrets', { metadata: { name: 'till' }, stringData: { code: '1234' } })
  await shop.create('configmaps', { metadata: { name: 'sign' }, data: { text: 'open' } })
  const template = pod('env', {
    restartPolicy: 'Never',
    env: [
      { name: 'PLAIN', value: 'a' },
      { name: 'COMPOSED', value: '$(PLAIN)-$(UNKNOWN)-$$(PLAIN)' },
      { name: 'CODE', valueFrom: { secretKeyRef: { name: 'till', key: 'code' } } },
      { name: 'SIGN', valueFrom: { configMapKeyRef: { name: 'sign', key: 'text' } } },
      { name: 'ABSENT', valueFrom: { secretKeyRef: { name: 'till', key: 'none', optional: true } } },
      { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'COLOUR', valueFrom: { fieldRef: { fieldPath: "metadata.labels['colour']" } } },
      { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
    ],
  })
  const ran = await runPod('reader', { ...template, metadata: { labels: { colour: 'red' } } })
  const lines = node.logsOf(ran).split('\n')
  expect(lines).toEqual(
    expect.arrayContaining([
      'PLAIN=a',
      'COMPOSED=a-$(UNKNOWN)-$(PLAIN)',
      'CODE=1234',
      'SIGN=open',
      'POD=reader',
      'COLOUR=red',
      `IP=${ran['status'].podIP}`,
      `NODE=${node.name}`,
    ]),
  )
  expect(lines.some((line) => line.startsWith('ABSENT='))).toBe(false)
})

test('files of a volume are where the container looks for them, and change with their source', async () => {
  await shop.create('secrets', { metadata: { name: 'prices' }, stringData: { bread: '3' } })
  const reading =
    'while [ "$(cat /etc/shop/all/bread)" != 4 ]; do sleep 0.05; done; cat $FILE /etc/shop/all/name; ls /etc/shop/all'
  const template = pod(reading, {
    restartPolicy: 'Never',
    env: [{ name: 'FILE', value: '/etc/shop/all/bread' }],
    volumeMounts: [{ name: 'all', mountPath: '/etc/shop/all' }],
  })
  await shop.create('pods', {
    metadata: { name: 'watcher' },
    spec: {
      ...template.spec,
      volumes: [
        {
          name: 'all',
          projected: {
            sources: [
              { secret: { name: 'prices' } },
              { secret: { name: 'missing', optional: true } },
              { downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } },
            ],
          },
        },
      ],
    },
  })
  await eventually(async () => expect((await shop.get('pods', 'watcher'))['status'].phase).toBe('Running'))
  await shop.patch('secrets', 'prices', { stringData: { bread: '4', cake: '9' } })
  const ran = await ended('watcher')
  expect(node.logsOf(ran)).toBe('4watcherbread\ncake\nname\n')
})

test("this project's programs run from the sources, and find their files where a manifest says", async () => {
  await shop.create('configmaps', {
    metadata: { name: 'pipeline' },
    data: { 'pipeline.yaml': await readFile('examples/airport-departures.yaml', 'utf8') },
  })
  const { spec } = pod('', {
    image: PROJECT_IMAGE,
    command: ['mp'],
    args: ['validate', '--filename=/etc/metrics-pipeline/pipeline/pipeline.yaml'],
    restartPolicy: 'Never',
    volumeMounts: [{ name: 'pipeline', mountPath: '/etc/metrics-pipeline/pipeline' }],
  })
  const ran = await runPod('validator', {
    spec: { ...spec, volumes: [{ name: 'pipeline', configMap: { name: 'pipeline' } }] },
  })
  expect(node.logsOf(ran)).toContain('airport-departures')
})

describe('a pod that cannot run says why', () => {
  test.each<[string, string, ApiObject, ApiObject]>([
    [
      'there is no such image',
      'no-image',
      { image: 'nowhere' },
      { reason: 'ImagePullBackOff', message: expect.stringContaining('nowhere') },
    ],
    [
      'a Secret of its variables is missing',
      'no-secret',
      { env: [{ name: 'CODE', valueFrom: { secretKeyRef: { name: 'lost', key: 'code' } } }] },
      { reason: 'CreateContainerConfigError', message: 'secret "lost" not found' },
    ],
  ])('%s', async (_sentence, name, container, waiting) => {
    await shop.create('pods', { metadata: { name }, ...pod(FOREVER, container) })
    await eventually(async () => expect((await containerOf(name))['state']).toEqual({ waiting }))
    await shop.delete('pods', name)
  })

  test('it ends again and again', async () => {
    await shop.create('pods', { metadata: { name: 'crashing' }, ...pod('echo bad luck; exit 7') })
    const status = await eventually(async () => {
      const found = await containerOf('crashing')
      expect(found['state']).toMatchObject({ waiting: { reason: 'CrashLoopBackOff' } })
      return found
    })
    expect(status).toMatchObject({ lastState: { terminated: { exitCode: 7, message: 'bad luck' } } })
    expect(status['restartCount']).toBeGreaterThan(0)
    expect(await conditionsOf('pods', 'crashing')).not.toContain('Ready')
    await shop.delete('pods', 'crashing')
  })

  test('a Secret of its volumes is missing, and it runs when that comes', async () => {
    const { spec } = pod('cat /keys/code', {
      restartPolicy: 'Never',
      volumeMounts: [{ name: 'keys', mountPath: '/keys' }],
    })
    const volumes = [{ name: 'keys', secret: { secretName: 'late' } }]
    await shop.create('pods', { metadata: { name: 'patient' }, spec: { ...spec, volumes } })
    await eventually(async () => {
      const { out } = await kubectl(plane, ['describe', 'pod', 'patient', '-n', shop.name])
      expect(out).toContain('MountVolume.SetUp failed: secret "late" not found')
    })
    expect((await containerOf('patient'))['state']).toEqual({ waiting: { reason: 'ContainerCreating' } })
    await shop.create('secrets', { metadata: { name: 'late' }, stringData: { code: '7' } })
    expect(node.logsOf(await ended('patient'))).toBe('7\n')
  })
})

test('a container that is killed starts again, in the same pod', async () => {
  await shop.create('pods', { metadata: { name: 'phoenix' }, ...pod(FOREVER) })
  const { metadata } = await eventually(async () => {
    const found = await shop.get('pods', 'phoenix')
    expect(found['status'].phase).toBe('Running')
    return found
  })
  node.kill({ metadata })
  await eventually(async () =>
    expect(await containerOf('phoenix')).toMatchObject({
      restartCount: 1,
      state: { running: {} },
      lastState: { terminated: { exitCode: 137, reason: 'Error' } },
    }),
  )
  expect((await shop.get('pods', 'phoenix'))['metadata'].uid).toBe(metadata.uid)
})

test('a deleted pod is told to go, and killed when it stays beyond its grace period', async () => {
  const stubborn = 'trap "echo no" TERM; echo here; while :; do sleep 0.05; done'
  await shop.create('pods', { metadata: { name: 'stubborn' }, ...pod(stubborn, { terminationGracePeriodSeconds: 1 }) })
  const running = await eventually(async () => {
    const found = await shop.get('pods', 'stubborn')
    expect(found['status'].phase).toBe('Running')
    expect(node.logsOf(found)).toBe('here\n')
    return found
  })
  const pid = node.pidOf(running)
  await shop.delete('pods', 'stubborn')
  await eventually(async () => await expect(shop.get('pods', 'stubborn')).rejects.toMatchObject({ code: 404 }))
  expect(node.logsOf(running)).toBe('here\nno\n')
  expect(() => process.kill(pid, 0)).toThrow('ESRCH')
})

const SERVER = `
  const { createServer } = require('node:http')
  let healthy = true
  const server = createServer((request, response) => response.writeHead(healthy ? 200 : 500).end())
  server.listen(8080, process.env.IP)
  process.on('SIGUSR2', () => { healthy = false })`

test('probes ask the pod at its own address: ready when it answers, restarted when it is sick', async () => {
  const probe = { httpGet: { path: '/', port: 'http' }, periodSeconds: 1 }
  const container = {
    command: ['node', '--eval', SERVER],
    args: [],
    ports: [{ name: 'http', containerPort: 8080 }],
    env: [{ name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
    readinessProbe: probe,
    livenessProbe: { ...probe, failureThreshold: 2 },
    startupProbe: { ...probe, failureThreshold: 60 },
  }
  for (const name of ['one', 'two']) await shop.create('pods', { metadata: { name }, ...pod('', container) })
  for (const name of ['one', 'two'])
    await eventually(async () => expect(await conditionsOf('pods', name)).toContain('Ready'))
  node.kill(await shop.get('pods', 'one'), { signal: 'SIGUSR2' })
  await eventually(async () => expect(await containerOf('one')).toMatchObject({ restartCount: 1, ready: true }))
  expect(await containerOf('two')).toMatchObject({ restartCount: 0, ready: true })
})

test('init containers come first, one after another', async () => {
  const { spec } = pod('cat /work/said', {
    restartPolicy: 'Never',
    volumeMounts: [{ name: 'work', mountPath: '/work' }],
  })
  const [main] = spec['containers']
  const init = (name: string) => ({ ...main, name, args: [`echo ${name} >> /work/said`] })
  const ran = await runPod('prepared', {
    spec: { ...spec, initContainers: [init('a'), init('b')], volumes: [{ name: 'work', emptyDir: {} }] },
  })
  expect(node.logsOf(ran, 'main')).toBe('a\nb\n')
})

test('kubectl shows the log of a pod', async () => {
  const ran = await runPod('talker', pod('echo one; echo two', { restartPolicy: 'Never' }))
  const { out } = await kubectl(plane, ['logs', ran['metadata'].name, '-n', shop.name, '--tail=1'])
  expect(out).toBe('two\n')
})

test('a pod reaches the API server with the rights of its service account', async () => {
  await shop.createUser('clerk', {
    rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['create', 'patch', 'get'] }],
  })
  const { spec } = pod('exec kubectl create configmap greeting --from-literal=hello=there', { restartPolicy: 'Never' })
  const ran = await runPod('client', { spec: { ...spec, serviceAccountName: 'clerk' } })
  expect(node.logsOf(ran)).toContain('configmap/greeting created')
})

test('nothing is written about a pod in which nothing happens', async () => {
  await shop.create('pods', { metadata: { name: 'quiet' }, ...pod(FOREVER) })
  await eventually(async () => expect(await conditionsOf('pods', 'quiet')).toContain('Ready'))
  const mark = await plane.audit.mark()
  await shop.patch('pods', 'quiet', { metadata: { labels: { seen: 'yes' } } })
  await runPod('other', pod('exit 0', { restartPolicy: 'Never' }))
  const writes = (await plane.audit.since(mark)).filter(({ user, name }) => user === 'kubelet' && name === 'quiet')
  expect(writes).toEqual([])
})

test('a process lives through an outage of the API server, which then hears how it ended', async () => {
  await using own = await ControlPlane.start()
  await using ownNode = await PlayedNode.join(own, { images: { shell: {} } })
  await using ownShop = await TestNamespace.create(own)
  const template = pod(FOREVER, { restartPolicy: 'Never' })
  const created = await ownShop.create('pods', { metadata: { name: 'survivor' }, ...template })
  await eventually(() => expect(ownNode.logsOf(created)).toBe('here\n'))
  await own.killApiServer()
  ownNode.kill(created, { signal: 'SIGTERM' })
  await eventually(() => expect(ownNode.logsOf(created)).toBe('here\ntold to go\n'))
  await own.startApiServer()
  await eventually(async () => expect((await ownShop.get('pods', 'survivor'))['status'].phase).toBe('Succeeded'))
  const { metadata } = await ownShop.create('pods', { metadata: { name: 'newcomer' }, ...template })
  await eventually(() => expect(ownNode.logsOf({ metadata })).toBe('here\n'), { withinMs: 60_000 }) // the scheduler rests longer the longer nobody answered
}, 180_000)

test('no process of a pod is left when the test process is killed', async () => {
  const script = `
    import { ControlPlane } from './tests/support/cluster/control-plane.ts'
    import { PlayedNode } from './tests/support/cluster/played-node.ts'
    import { TestNamespace } from './tests/support/cluster/test-namespace.ts'
    import { eventually } from './tests/support/eventually.ts'
    const plane = await ControlPlane.start()
    const node = await PlayedNode.join(plane, { images: { shell: {} } })
    const shop = await TestNamespace.create(plane)
    const pod = await shop.create('pods', ${JSON.stringify({ metadata: { name: 'orphan' }, ...pod(FOREVER) })})
    await eventually(() => node.pidOf(pod))
    console.log('ready')
    setInterval(() => undefined, 1000)`
  const child = new RunningProcess(spawn(process.execPath, ['--input-type=module', '--eval', script]))
  let started: Awaited<ReturnType<typeof descendantsOf>>
  try {
    await child.saying(/ready/)
    started = await descendantsOf(child.pid)
    expect(started.some(({ command }) => /^\S*sh -c trap/.test(command))).toBe(true)
  } finally {
    child.kill('SIGKILL')
  }
  await eventually(async () => expect(await stillRunning(started)).toEqual([]))
})

test('a CronJob that is due makes a Job, which runs', async () => {
  await eventually(
    async () => expect((await shop.get('batch/v1/cronjobs', 'minutely'))['status'].lastSuccessfulTime).toBeDefined(),
    { withinMs: 90_000 },
  )
}, 120_000)

/** A pod, or the template of pods, of one container. `restartPolicy` and the like are the pod's, the rest is the container's. */
function pod(
  script: string,
  { restartPolicy = 'Always', terminationGracePeriodSeconds = 5, ...container }: ApiObject = {},
) {
  const main = {
    name: 'main',
    image: 'shell',
    command: ['sh', '-c'],
    args: [script],
    terminationMessagePolicy: 'FallbackToLogsOnError',
    ...container,
  }
  return { spec: { restartPolicy, terminationGracePeriodSeconds, containers: [main] } as ApiObject }
}

function deployment(name: string, script: string): ApiObject {
  const labels = { app: name }
  const template = { metadata: { labels }, ...pod(script) }
  return { metadata: { name }, spec: { replicas: 2, selector: { matchLabels: labels }, template } }
}

function job(name: string, template: ApiObject, spec: ApiObject = {}): ApiObject {
  return { metadata: { name }, spec: { template, ...spec } }
}

async function runPod(name: string, { metadata = {}, spec }: ApiObject): Promise<ApiObject> {
  await shop.create('pods', { metadata: { ...metadata, name }, spec })
  return await ended(name)
}

async function ended(name: string): Promise<ApiObject> {
  return await eventually(async () => {
    const found = await shop.get('pods', name)
    expect(found['status']).toMatchObject({ phase: 'Succeeded' })
    return found
  })
}

async function containerOf(name: string): Promise<ApiObject> {
  return (await shop.get('pods', name))['status'].containerStatuses[0]
}

/** The types of those conditions that hold. */
async function conditionsOf(resource: string, name: string): Promise<string[]> {
  const { conditions = [] } = (await shop.get(resource, name))['status']
  return conditions.filter(({ status }: ApiObject) => status === 'True').map(({ type }: ApiObject) => type)
}
