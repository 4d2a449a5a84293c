import { ROOMY } from '../support/roomy.ts'
import { throughputBenchmark } from '../support/throughput-benchmark.ts'
import { eventsOfA, pipelineA } from '../workloads/workload-a.ts'

export const throughputADefault = throughputBenchmark({
  name: 'throughput-a-default',
  summary: 'workload A at the default debounce (30 s, at most 60 s), one worker with room',
  pipeline: pipelineA({ quiet: '30s', maxWait: '60s' }, { batchSize: ROOMY.batchSize }),
  eventsOf: eventsOfA,
  load: 2_400_000,
  heap: ROOMY.heap,
  targets: { eventsPerSecond: '>= 40000' },
})
