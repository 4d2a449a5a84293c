import { systemClock } from '../../adapters/process/system-clock.ts'
import { wait } from '../../adapters/process/wait.ts'
import { EventProducer } from '../../adapters/redis/event-producer.ts'
import { LocalPipeline } from '../../cli/up/local-pipeline.ts'
import { type Benchmark, quantile } from '../support/bench.ts'
import { openPipeline, parityOf } from '../support/pipeline.ts'
import { createRandom } from '../support/random.ts'
import { RowWatch } from '../support/row-watch.ts'
import { eventsOfA, pipelineA } from '../workloads/workload-a.ts'

const TIMES = 20
const ENTITIES = 5
const IDLE_AFTER = '2s'
const LOOK_MS = 20

/** A message comes at any moment between two looks of whoever is to notice it. */
const BETWEEN_MS = 2_000

/** What one message to a pipeline at rest takes to become a row, and how soon the pipeline is at rest again. */
export const wake: Benchmark = {
  name: 'wake',
  summary: `mp up without workers: from one message to its row, and back to none after ${IDLE_AFTER} with nothing to do`,
  onRequest: true,
  run: async (servers, log) => {
    const scaling = { minReplicas: 0, maxReplicas: 4, targetLatency: '30s', idleAfter: IDLE_AFTER }
    const object = pipelineA({ quiet: '0s', maxWait: '1s' }, { scaling })
    const pipeline = await openPipeline(object, await servers.freshDatabase())
    const { redisUrl } = servers
    const { loaded, file: path, databaseUrl } = pipeline
    const local = new LocalPipeline({ pipeline: loaded, path, databaseUrl, redisUrl, report: log })
    const stop = new AbortController()
    await local.start(stop.signal)
    const watch = await RowWatch.start(pipeline)
    const producer = await EventProducer.connect(redisUrl)
    const random = createRandom(1)
    const rests: number[] = []
    const common = { entities: ENTITIES, asOf: systemClock.now(), duplicates: 0 }
    for (const event of eventsOfA({ ...common, seed: 1, events: TIMES, prefix: 'wake-' })) {
      const from = performance.now()
      while (local.workers.length > 0) await wait(LOOK_MS, stop.signal)
      rests.push((performance.now() - from) / 1_000)
      await wait(random() * BETWEEN_MS, stop.signal)
      watch.published(event)
      await producer.publish([event])
      await watch.caughtUp()
    }
    const wakes = (await watch.stop()).map((ms) => ms / 1_000)
    await producer.close()
    await local.stop()
    const parity = await parityOf(pipeline)
    await pipeline.pool.end()
    return {
      parity,
      figures: [
        { what: 'from the message to its row, p50', value: quantile(wakes, 0.5), unit: 's' },
        { what: 'from the message to its row, p95', value: quantile(wakes, 0.95), unit: 's', target: '<= 5' },
        { what: 'from the row to no worker, most', value: Math.max(...rests), unit: 's', target: '<= 17' },
        { what: 'messages', value: wakes.length, unit: 'messages' },
      ],
    }
  },
}
