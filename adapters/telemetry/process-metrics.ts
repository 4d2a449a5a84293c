import { collectDefaultMetrics, type Registry } from 'prom-client'

/** Sums of others; as gauges they are called what only counters should be. */
const MISNAMED = ['nodejs_active_resources_total', 'nodejs_active_handles_total', 'nodejs_active_requests_total']

/** What any process tells of itself: processor time, memory, open files, lag of its event loop, garbage collection. */
export function collectProcessMetrics(register: Registry): void {
  collectDefaultMetrics({ register })
  for (const name of MISNAMED) register.removeSingleMetric(name)
}
