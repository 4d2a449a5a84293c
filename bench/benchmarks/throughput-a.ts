import { perEventDepartures } from '../per-event/departures.ts'
import { throughputBenchmark } from '../support/throughput-benchmark.ts'
import { eventsOfA, pipelineA } from '../workloads/workload-a.ts'

export const throughputA = throughputBenchmark({
  name: 'throughput-a',
  summary: 'workload A at 1 s debounce, one worker, beside a worker that recomputes per event',
  pipeline: pipelineA({ quiet: '1s', maxWait: '1s' }),
  eventsOf: eventsOfA,
  load: 900_000,
  perEvent: perEventDepartures,
  targets: { eventsPerSecond: '>= 20000', ratio: '>= 400', markAge: '<= 3' },
})
