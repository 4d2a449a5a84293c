import { throughputBenchmark } from '../support/throughput-benchmark.ts'
import { eventsOfA, pipelineA } from '../workloads/workload-a.ts'

export const throughputADefault = throughputBenchmark({
  name: 'throughput-a-default',
  summary: 'workload A at the default debounce (30 s, at most 60 s), one worker',
  pipeline: pipelineA({ quiet: '30s', maxWait: '60s' }),
  eventsOf: eventsOfA,
  load: 1_800_000,
  heap: 'usual', // here the worker's own processor time is the limit, and a small heap costs a third of it
  targets: { eventsPerSecond: '>= 40000' },
})
