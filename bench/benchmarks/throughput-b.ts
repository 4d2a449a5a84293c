import { perEventTutors } from '../per-event/tutors.ts'
import { throughputBenchmark } from '../support/throughput-benchmark.ts'
import { eventsOfB, pipelineB } from '../workloads/workload-b.ts'

export const throughputB = throughputBenchmark({
  name: 'throughput-b',
  summary: 'workload B (the built-in set) at 1 s debounce, one worker, beside a worker that recomputes per event',
  pipeline: pipelineB({ quiet: '1s', maxWait: '1s' }),
  eventsOf: eventsOfB,
  load: 600_000,
  perEvent: perEventTutors,
  targets: { eventsPerSecond: '>= 10000', markAge: '<= 3' },
})
