import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ApiObject } from '../../support/cluster/api-client.ts'
import { OperatedNamespace } from '../../support/cluster/operated-namespace.ts'
import { PIPELINES } from '../../support/cluster/pipeline-fixture.ts'
import { kubectl, mp } from '../../support/cluster/run-tool.ts'
import { type Scene, ScriptedExporter } from '../../support/cluster/scripted-exporter.ts'
import { eventually } from '../../support/eventually.ts'

const SCALING = { mode: 'Internal', maxReplicas: 6, targetLatency: '5s', idleAfter: '1s' }

const ONE_ENTRY: Scene = { source: { backlog: 1, isDrained: false, oldestEventAgeMs: 200 } }
const MUCH: Scene = {
  source: { backlog: 200_000, backlogIs: 'at-least', isDrained: false, oldestEventAgeMs: 2_000 },
  load: { arrivalsPerSecond: 10_000 },
}
const LITTLE: Scene = { database: { marks: 1 }, load: { arrivalsPerSecond: 10, completionsPerSecond: 10 } }
const AT_REST: Scene = {}

let exporter: ScriptedExporter
let here: OperatedNamespace

beforeAll(async () => {
  exporter = await ScriptedExporter.open()
  here = await OperatedNamespace.open()
  here.exporterIp = exporter.address
  exporter.show('orders', LITTLE)
  await here.settled('orders', { workers: { scaling: SCALING } })
})

afterAll(async () => {
  await here[Symbol.asyncDispose]()
  await exporter[Symbol.asyncDispose]()
})

async function patch(workers: ApiObject): Promise<void> {
  await here.namespace.patch(PIPELINES, 'orders', { spec: { workers } })
}

const deployment = () => here.namespace.get('apps/v1/deployments', 'orders-worker')

/** What is shown leads to so many workers, and all of them come up. */
async function scaledTo(replicas: number, within = { withinMs: 15_000 }): Promise<ApiObject> {
  return await eventually(async () => {
    await here.runPods()
    expect((await deployment())['spec'].replicas).toBe(replicas)
    const { status } = await here.namespace.get(PIPELINES, 'orders')
    expect(status.autoscaling.replicas).toBe(replicas)
    expect(status.readyReplicas).toBe(replicas)
    exporter.workers = replicas
    return status.autoscaling
  }, within)
}

/** The operator has decided so often for one reason since. */
async function decidedAgain(reason: string, times: number): Promise<void> {
  const before = await decisions(reason)
  await eventually(async () => {
    await here.runPods()
    expect((await decisions(reason)) - before).toBeGreaterThanOrEqual(times)
  })
}

async function decisions(reason: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${await here.operator.port()}/metrics`)).text()
  const counter = new RegExp(`mp_operator_autoscaler_decisions_total\\{reason="${reason}"\\} (\\d+)`)
  return Number(counter.exec(text)?.[1] ?? 0)
}

async function eventsOf(reason: string): Promise<readonly ApiObject[]> {
  const events = await here.namespace.list('events.k8s.io/v1/events')
  return events.filter((each) => each['reason'] === reason && each['regarding'].kind === 'MetricsPipeline')
}

describe('a fleet follows what is seen', () => {
  test('to zero when there has been nothing to do, and says that this is well', async () => {
    exporter.show('orders', AT_REST)
    expect(await scaledTo(0)).toMatchObject({ reason: 'Idle' })
    for (const type of ['Ready', 'WorkersAvailable'])
      await here.conditionBecomes('orders', type, { status: 'True', reason: 'ScaledToZero' })
    await eventually(async () => expect(await eventsOf('ScaledToZero')).not.toEqual([]))
  })

  test('and writes nothing while it stays there', async () => {
    await scaledTo(0)
    await decidedAgain('Idle', 3) // what the last change brought about is over
    const mark = await here.cluster.audit.mark()
    await decidedAgain('Idle', 4)
    expect(await here.writesSince(mark)).toEqual([])
  })

  test('one entry wakes it', async () => {
    exporter.show('orders', ONE_ENTRY)
    await scaledTo(1, { withinMs: 5_000 })
    await eventually(async () => {
      const [event] = await eventsOf('Woken')
      expect(event?.['note']).toMatch(/^from 0 to 1 workers: /)
    })
  })

  test('a step brings as many as there may be', async () => {
    exporter.show('orders', MUCH)
    await scaledTo(6)
    await here.conditionBecomes('orders', 'ScalingActive', { status: 'True', reason: 'AtMaximum' })
  })

  test('and none of them goes because another operator takes over, though fewer would do', async () => {
    await here.restart()
    exporter.show('orders', LITTLE)
    await decidedAgain('Stabilising', 3)
    expect((await deployment())['spec'].replicas).toBe(6)
  })
})

describe('what is unknown holds', () => {
  beforeEach(async () => {
    exporter.show('orders', MUCH)
    await scaledTo(6)
  })

  test.each<[string, Scene]>([
    ['Redis is down', { source: { unreachable: 'connect ECONNREFUSED redis:6379' } }],
    ['PostgreSQL is down', { database: { unreachable: 'connect ECONNREFUSED postgres:5432' } }],
    ['Redis does not say how much waits', { source: { backlog: null, isDrained: null } }],
  ])('%s', async (_what, scene) => {
    exporter.show('orders', scene)
    const { message } = await here.conditionBecomes('orders', 'ScalingActive', {
      status: 'False',
      reason: 'HoldUnknown',
    })
    expect(message).toContain('6 workers')
    await decidedAgain('HoldUnknown', 3)
    expect((await deployment())['spec'].replicas).toBe(6)

    exporter.show('orders', MUCH)
    await here.conditionBecomes('orders', 'ScalingActive', { status: 'True' })
  })

  test('the exporter is down', async () => {
    await exporter.stop()
    await here.conditionBecomes('orders', 'ScalingActive', { status: 'False', reason: 'HoldUnknown' })
    await decidedAgain('HoldUnknown', 3)
    expect((await deployment())['spec'].replicas).toBe(6)

    await exporter.start()
    await here.conditionBecomes('orders', 'ScalingActive', { status: 'True' })
  })

  test('an answer that does not come is no news: nothing is written for it', async () => {
    await here.conditionBecomes('orders', 'MetricsAvailable', { status: 'True' })
    await decidedAgain('AtMaximum', 3) // what the last change brought about is over
    const mark = await here.cluster.audit.mark()
    exporter.instead = (response) => response.destroy()
    await decidedAgain('HoldUnknown', 2)
    exporter.instead = undefined
    await decidedAgain('AtMaximum', 3)
    expect(await here.writesSince(mark)).toEqual([])
  })

  test('at zero too: it stays there', async () => {
    exporter.show('orders', AT_REST)
    await scaledTo(0)
    exporter.show('orders', { source: { unreachable: 'connect ECONNREFUSED redis:6379' } })
    await here.conditionBecomes('orders', 'ScalingActive', { status: 'False', reason: 'HoldUnknown' })
    await decidedAgain('HoldUnknown', 3)
    expect((await deployment())['spec'].replicas).toBe(0)

    exporter.show('orders', ONE_ENTRY)
    await scaledTo(1)
  })
})

describe('mp explain', () => {
  const explain = (...args: readonly string[]) => mp(here.cluster, ['explain', ...args])

  test('says why there are as many workers, and what changed', async () => {
    exporter.show('orders', MUCH)
    await scaledTo(6)
    await here.conditionBecomes('orders', 'ScalingActive', { reason: 'AtMaximum' })
    const { code, out, err } = await explain('orders', '-n', here.namespace.name)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/^orders is to have 6 workers, 6 ready \(mode Internal\)\n/)
    expect(out).toMatch(/^Why: {6}AtMaximum: /m)
    expect(out).toMatch(/^Last changes\n\d\d:\d\d:\d\dZ \(.* ago\) /m)
  })

  test('gives programs the same', async () => {
    const { out } = await explain('orders', '-n', here.namespace.name, '-o', 'json')
    expect(JSON.parse(out)).toMatchObject({ pipeline: 'orders', status: { replicas: 6 } })
  })

  test.each([
    ['a pipeline that is not there', ['nobody'], 1, /there is no MetricsPipeline nobody in the namespace default/],
    ['a context that is not there', ['orders', '--context', 'moon'], 2, /has no context moon/],
  ])('tells of %s', async (_what, args, code, words) => {
    const ended = await explain(...args)
    expect(ended).toMatchObject({ code, out: '' })
    expect(ended.err).toMatch(words)
  })
})

describe('others who scale', () => {
  beforeEach(async () => {
    await patch({ scaling: { mode: 'Internal' } })
    exporter.show('orders', MUCH)
    await scaledTo(6)
  })

  test('kubectl scale changes nothing, and the status says why', async () => {
    await kubectl(here.cluster, ['-n', here.namespace.name, 'scale', 'mp/orders', '--replicas=3'])
    await eventually(async () => {
      const { status } = await here.namespace.get(PIPELINES, 'orders')
      expect(status.observedGeneration).toBe((await here.namespace.get(PIPELINES, 'orders'))['metadata'].generation)
      expect(status.autoscaling.message).toContain('spec.workers.replicas, 3, has no part in it')
    })
    expect((await deployment())['spec'].replicas).toBe(6)
    await patch({ replicas: 1 })
  })

  test('a number written into the Deployment is put back', async () => {
    await here.namespace.patch('apps/v1/deployments', 'orders-worker', { spec: { replicas: 2 } })
    await scaledTo(6, { withinMs: 5_000 })
  })

  test('who writes it time and again is named, with the way out, and still put back', {
    timeout: 200_000,
  }, async () => {
    const scale = ['-n', here.namespace.name, 'scale', 'deployment/orders-worker', '--replicas=2']
    for (let time = 1; time <= 4; time += 1) {
      await kubectl(here.cluster, scale)
      await eventually(async () => expect((await deployment())['spec'].replicas).toBe(6), { withinMs: 60_000 })
    }
    await eventually(async () =>
      expect(await here.condition('orders', 'ScalingActive')).toMatchObject({ status: 'False', reason: 'Overridden' }),
    )
    const { message } = await here.condition('orders', 'ScalingActive')
    expect(message).toMatch(/^Keeps 6 workers though kubectl keeps asking for others, 2 at last, .+ External$/)
  })

  test('the number is the field of its own manager, also after the rest was written again', async () => {
    await patch({ podAnnotations: { round: 'two' } })
    await here.ready('orders')
    const { managedFields } = (await deployment())['metadata']
    const owners = managedFields
      .filter((each: ApiObject) => each['fieldsV1']['f:spec']?.['f:replicas'] !== undefined && !each['subresource'])
      .map((each: ApiObject) => each['manager'])
    expect(owners).toEqual(['metrics-pipeline-autoscaler'])
    expect((await deployment())['spec'].replicas).toBe(6)
  })

  test('mode External takes the number of the scale subresource and restarts no worker', async () => {
    const { template } = (await deployment())['spec']
    await patch({ replicas: 4, scaling: { mode: 'External' } })
    await scaledTo(4)
    await kubectl(here.cluster, ['-n', here.namespace.name, 'scale', 'mp/orders', '--replicas=5'])
    expect(await scaledTo(5)).toMatchObject({ mode: 'External', reason: 'External' })
    expect((await deployment())['spec'].template).toEqual(template)
    expect((await here.namespace.get(PIPELINES, 'orders'))['status'].conditions).not.toContainEqual(
      expect.objectContaining({ type: 'ScalingActive' }),
    )
  })

  test('mode Advisory leaves the number alone, and says what it would be', async () => {
    await patch({ replicas: 2, scaling: { mode: 'Advisory' } })
    await scaledTo(2)
    await eventually(async () => {
      const { status } = await here.namespace.get(PIPELINES, 'orders')
      expect(status.autoscaling.message).toMatch(/^Mode Internal would ask for 6: /)
    })
  })
})

test('a suspended pipeline has none, and goes on with what is asked for then', async () => {
  await patch({ replicas: 1, scaling: { mode: 'Internal' } })
  exporter.show('orders', MUCH)
  await scaledTo(6)
  await here.namespace.patch(PIPELINES, 'orders', { spec: { suspend: true } })
  await scaledTo(0)
  await here.namespace.patch(PIPELINES, 'orders', { spec: { suspend: false } })
  await scaledTo(6)
})
