import { systemClock } from '../../adapters/process/system-clock.ts'
import { wait } from '../../adapters/process/wait.ts'
import { EventProducer } from '../../adapters/redis/event-producer.ts'
import { type Benchmark, type Figure, quantile } from '../support/bench.ts'
import type { FleetWatch } from '../support/fleet-watch.ts'
import { parityOf } from '../support/pipeline.ts'
import { type Left, PipelineInCluster } from '../support/pipeline-in-cluster.ts'
import { createRandom } from '../support/random.ts'
import { RowWatch } from '../support/row-watch.ts'
import { eventsOfA, pipelineA } from '../workloads/workload-a.ts'

const TIMES = 20
const ENTITIES = 5
const IDLE_AFTER_SECONDS = 2

/** A message comes at any moment between two looks of whoever is to notice it. */
const BETWEEN_MS = 2_000

/** One wake in parts, each from the end of the one before, in seconds. */
const PARTS = [
  'the exporter sees it',
  'the operator asks for a worker',
  'Kubernetes makes a pod and places it',
  'its process is started',
  'the worker reads',
  'the row is there',
] as const

interface Wake {
  readonly parts: readonly number[]
  readonly seconds: number
}

interface Rest {
  /** From the row to when no worker is asked for. */
  readonly seconds: number
  readonly left: Left
}

/** The same as `wake`, with a control plane and pods in place of `mp up`. */
export const wakeInCluster: Benchmark = {
  name: 'wake-in-cluster',
  summary: `a pipeline without workers in a cluster: from one message to its row, and back to none after ${IDLE_AFTER_SECONDS} s with nothing to do`,
  onRequest: true,
  run: async (servers, log) => {
    const scaling = { minReplicas: 0, maxReplicas: 4, targetLatency: '30s', idleAfter: `${IDLE_AFTER_SECONDS}s` }
    log('building the image and starting a cluster')
    await using running = await PipelineInCluster.start(servers, pipelineA({ quiet: '0s', maxWait: '1s' }, { scaling }))
    const { pipeline, watch } = running
    const rows = await RowWatch.start(pipeline)
    const producer = await EventProducer.connect(servers.redisUrl)
    const random = createRandom(1)
    const [wakes, rests]: [Wake[], Rest[]] = [[], []]
    const common = { entities: ENTITIES, asOf: systemClock.now(), duplicates: 0 }
    await isAsleep(watch)
    for (const event of eventsOfA({ ...common, seed: 1, events: TIMES, prefix: 'wake-' })) {
      await wait(random() * BETWEEN_MS, new AbortController().signal)
      const from = performance.now()
      rows.published(event)
      await producer.publish([event])
      const [seenAt, shownAt] = await Promise.all([watch.isSeen(), rows.caughtUp().then(() => performance.now())])
      const wake = await wakeOf(watch, [from, seenAt, watch.askedAt], shownAt)
      wakes.push(wake)
      await watch.until(() => watch.replicas === 0)
      const rest = { seconds: (watch.askedAt - shownAt) / 1_000, left: await running.left() }
      rests.push(rest)
      const parts = wake.parts.map((part) => part.toFixed(2)).join(' + ')
      log(`${wake.seconds.toFixed(2)} s = ${parts}; none after ${rest.seconds.toFixed(1)} s`)
      await isAsleep(watch)
    }
    await rows.stop()
    await producer.close()
    return { parity: await parityOf(pipeline), figures: [...figuresOf(wakes), ...restFigures(rests)] }
  },
}

async function isAsleep(watch: FleetWatch): Promise<void> {
  await watch.until(() => watch.replicas === 0 && watch.pods.length === 0)
}

async function wakeOf(watch: FleetWatch, before: readonly number[], shownAt: number): Promise<Wake> {
  await watch.until(() => watch.pods[0]?.runsAt !== undefined)
  const [pod] = watch.pods
  if (pod?.runsAt === undefined) throw new Error('the worker was gone before its row was seen')
  const at = [...before, pod.placedAt, pod.runsAt, await watch.readsAt(pod), shownAt]
  const parts = at.slice(1).map((each, index) => (each - at[index]!) / 1_000)
  return { parts, seconds: (shownAt - at[0]!) / 1_000 }
}

function figuresOf(wakes: readonly Wake[]): readonly Figure[] {
  const seconds = wakes.map((wake) => wake.seconds)
  return [
    { what: 'from the message to its row, p50', value: quantile(seconds, 0.5), unit: 's' },
    { what: 'from the message to its row, p95', value: quantile(seconds, 0.95), unit: 's', target: '<= 5' },
    { what: 'from the message to its row, most', value: Math.max(...seconds), unit: 's' },
    { what: 'messages', value: wakes.length, unit: 'messages' },
    ...PARTS.flatMap((what, index) => {
      const part = wakes.map(({ parts }) => parts[index] ?? Number.NaN)
      return [
        { what: `until ${what}, p50`, value: quantile(part, 0.5), unit: 's' },
        { what: `until ${what}, p95`, value: quantile(part, 0.95), unit: 's' },
      ]
    }),
  ]
}

function restFigures(rests: readonly Rest[]): readonly Figure[] {
  const most = Math.max(...rests.map(({ seconds }) => seconds))
  const target = `<= ${IDLE_AFTER_SECONDS + 15}`
  return [
    { what: 'from the row to no worker asked for, most', value: most, unit: 's', target },
    {
      what: 'entries left by then, most',
      value: Math.max(...rests.map(({ left }) => left.entries)),
      unit: 'entries',
      target: '<= 0',
    },
    {
      what: 'marks and rows left by then, most',
      value: Math.max(...rests.map(({ left }) => left.work)),
      unit: '',
      target: '<= 0',
    },
  ]
}
