import type { AggregationSignals } from '../../signals/pipeline-signals.ts'
import { type Finding, isFalse, isTrue, isUnknown } from '../finding.ts'
import type { PodTrouble } from '../pod-trouble.ts'
import { count, databaseReachable, type Seen } from './reachable.ts'
import { describeTrouble } from './workers-available.ts'

export interface AggregationSeen extends Seen {
  /** The name of the CronJob, for whoever wants to start a run. */
  readonly cronJob: string
  readonly isSuspended: boolean
  /** The newest Job of the aggregation failed; with what its pods said. */
  readonly failure: { readonly message: string; readonly trouble: PodTrouble | undefined } | undefined
}

/** Whether the last daily aggregation went well. */
export function aggregationHealthy(seen: AggregationSeen): Finding {
  if (seen.failure !== undefined) {
    const { message, trouble } = seen.failure
    const why = trouble === undefined ? message : describeTrouble(trouble)
    return isFalse('JobFailed', `${why}. ${again(seen)}`)
  }
  const run = lastRun(seen)
  if ('status' in run) return run
  switch (run.state) {
    case 'running':
      return isTrue('Running', `the run of ${run.day} goes on since ${run.startedAt}`)
    case 'interrupted':
      return isFalse('Interrupted', `the run of ${run.day} did not come to its end. ${again(seen)}`)
    case 'failed':
      return isFalse(
        'Failed',
        `${count(run.failed, 'entity', 'entities')} failed in the run of ${run.day}; its log names them. ${again(seen)}`,
      )
    case 'succeeded':
      return isTrue(
        'Succeeded',
        `the run of ${run.day} wrote the rows of ${count(run.successful, 'entity', 'entities')}`,
      )
  }
}

/** Whether live rows equal their recomputation. */
export function parity(seen: AggregationSeen): Finding {
  if (seen.isSuspended) return isUnknown('Suspended', 'rows are not kept up while spec.suspend is true')
  const run = lastRun(seen)
  if ('status' in run) return run
  const { mismatches, compared, day } = run
  if (mismatches === null || compared === null)
    return isUnknown('NotCompared', `the run of ${day} compared no row so far`)
  if (mismatches === 0)
    return isTrue('Exact', `${count(compared, 'row')} compared on ${day}, all equal their recomputation`)
  return isFalse(
    'Mismatches',
    `${mismatches} of ${compared} rows compared on ${day} differ from their recomputation; mp aggregate names them`,
  )
}

function lastRun(seen: AggregationSeen): AggregationSignals | Finding {
  const { signals } = seen
  if (signals === undefined || 'unreachable' in signals.database) return unknown(databaseReachable(seen))
  const { lastAggregation } = signals.database
  return lastAggregation ?? isUnknown('NotYetRun', `there was no run so far. ${again(seen)}`)
}

function unknown({ reason, message }: Finding): Finding {
  return isUnknown(reason, message)
}

function again({ cronJob }: AggregationSeen): string {
  return `To start one now: kubectl create job ${cronJob}-by-hand --from=cronjob/${cronJob}`
}
