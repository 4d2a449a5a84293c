import { sqlState } from '../adapters/postgres/postgres-error.ts'
import { isRefusal } from '../adapters/redis/is-refusal.ts'
import type { FailureReason } from '../adapters/telemetry/exporter-metrics.ts'
import { NoConnectionError } from './connection-file.ts'

/** 57014 query_canceled. */
const CANCELED = '57014'

/** 28 invalid authorization, 42501 insufficient_privilege. */
const REFUSED = /^(28...|42501)$/

/** What Redis says of a user that it does not know, or that may not do this; in scripts older ones say it in words of their own. */
const NOT_ALLOWED = /WRONGPASS|NOAUTH|NOPERM|can't run this command/

/** In which way a look failed. */
export function judgeFailure(error: unknown): FailureReason {
  if (error instanceof NoConnectionError) return 'no-connection'
  const state = sqlState(error)
  if (state !== undefined) return state === CANCELED ? 'timed-out' : REFUSED.test(state) ? 'refused' : 'failed'
  const said = error instanceof Error ? error.message : String(error)
  if (NOT_ALLOWED.test(said)) return 'refused'
  if (/timed? ?out/i.test(said)) return 'timed-out'
  return isRefusal(error) ? 'failed' : 'unreachable'
}
