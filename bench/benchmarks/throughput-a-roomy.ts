import { perEventDepartures } from '../per-event/departures.ts'
import { ROOMY } from '../support/roomy.ts'
import { throughputBenchmark } from '../support/throughput-benchmark.ts'
import { eventsOfA, pipelineA } from '../workloads/workload-a.ts'

export const throughputARoomy = throughputBenchmark({
  name: 'throughput-a-roomy',
  summary: 'workload A at 1 s debounce, one worker with room, beside a worker that recomputes per event',
  pipeline: pipelineA({ quiet: '1s', maxWait: '1s' }, { batchSize: ROOMY.batchSize }),
  eventsOf: eventsOfA,
  load: 1_800_000,
  heap: ROOMY.heap,
  perEvent: perEventDepartures,
  targets: { eventsPerSecond: '>= 30000', ratio: '>= 400', markAge: '<= 3' },
})
