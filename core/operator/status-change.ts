import type { AutoscalingStatus, Condition, PipelineStatus } from './status.ts'

/** How a status differs from the one that was written last. `volatile`: only numbers moved that always move. */
export type StatusChange = 'none' | 'volatile' | 'substantial'

export function statusChange(written: PipelineStatus | undefined, next: PipelineStatus): StatusChange {
  if (written === undefined) return 'substantial'
  if (canonical(worthTelling(written)) === canonical(worthTelling(next))) return 'none'
  return canonical(lasting(written)) === canonical(lasting(next)) ? 'volatile' : 'substantial'
}

/** That there is nothing to do for longer and longer is no news: words about it alone are not written. */
function worthTelling({ autoscaling, conditions, ...rest }: PipelineStatus): unknown {
  const { message: _, ...figures } = autoscaling ?? {}
  const judged = conditions.map((each) => (each.type === 'ScalingActive' ? { ...each, message: '' } : each))
  return { ...rest, figures, judged }
}

function lasting(status: PipelineStatus): unknown {
  const { backlog, oldestEventAge, shards, conditions, autoscaling, composite, ...rest } = status
  return {
    ...rest,
    scaling: autoscaling === undefined ? undefined : lastingScale(autoscaling),
    isBacklogKnown: backlog !== undefined,
    isScored: composite !== undefined,
    owners: shards?.map(({ stream, owner }) => [stream, owner]),
    conditions: conditions.map(judgement),
  }
}

/** Reasons that matter are those of the condition too. */
function lastingScale({ mode, replicas, lastScaleAt }: AutoscalingStatus): unknown {
  return { mode, replicas, lastScaleAt }
}

/** These say what the exporter sees, in numbers that always move. What the others say is news. */
const WITH_NUMBERS = new Set<Condition['type']>([
  'ScalingActive',
  'MetricsAvailable',
  'SourceReachable',
  'DatabaseReachable',
  'AggregationHealthy',
  'CompositeFresh',
  'Parity',
  'StreamsIntact',
  'Drained',
])

function judgement({ type, status, reason, message, observedGeneration }: Condition): unknown {
  return [type, status, reason, observedGeneration, WITH_NUMBERS.has(type) ? '' : message]
}

/** The API server gives the fields of an object back in an order of its own. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}
