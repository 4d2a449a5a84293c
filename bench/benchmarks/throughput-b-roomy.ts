import { perEventTutors } from '../per-event/tutors.ts'
import { ROOMY } from '../support/roomy.ts'
import { throughputBenchmark } from '../support/throughput-benchmark.ts'
import { eventsOfB, pipelineB } from '../workloads/workload-b.ts'

export const throughputBRoomy = throughputBenchmark({
  name: 'throughput-b-roomy',
  summary: 'workload B at 1 s debounce, one worker with room, beside a worker that recomputes per event',
  pipeline: pipelineB({ quiet: '1s', maxWait: '1s' }, ROOMY.batchSize),
  eventsOf: eventsOfB,
  load: 1_200_000,
  heap: ROOMY.heap,
  perEvent: perEventTutors,
  targets: { eventsPerSecond: '>= 10000', markAge: '<= 3' },
})
