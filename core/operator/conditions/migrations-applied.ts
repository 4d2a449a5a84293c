import { type Finding, isFalse, isTrue, isUnknown } from '../finding.ts'
import type { JobState } from '../job-state.ts'
import type { PodTrouble } from '../pod-trouble.ts'
import { databaseReachable, type Seen } from './reachable.ts'
import { describeTrouble } from './workers-available.ts'

export interface Migration {
  /** The Job for what the object asks; undefined where it is not needed any more, or done by hand. */
  readonly job: JobState | undefined
  readonly trouble: PodTrouble | undefined
  /** What the object asks for is the plan in force: its migration is done. */
  readonly isDone: boolean
  readonly isByHand: boolean
  /** The object is not valid, so nobody knows what it will need; whether an earlier plan is in force. */
  readonly invalid: { readonly hasPlan: boolean } | undefined
}

/** Whether the database has what the plan needs. */
export function migrationsApplied({ job, trouble, isDone, isByHand, invalid }: Migration, seen: Seen): Finding {
  if (invalid !== undefined && !invalid.hasPlan) return isUnknown('InvalidSpec', 'there was no valid plan so far')
  if (invalid !== undefined && !isByHand) return isTrue('Migrated', 'the database has what the plan in force needs')
  if (isByHand) return byHand(seen)
  if (isDone) return isTrue('Migrated', 'the database has what this pipeline needs')
  const words = trouble === undefined ? '' : describeTrouble(trouble)
  if (job?.state === 'failed') {
    const why = words === '' ? job.message : words
    return isFalse('MigrationFailed', `${why}. It is tried again; the plan before stays in force`)
  }
  if (words !== '') return isFalse('Migrating', words)
  return isFalse('Migrating', 'the migration runs')
}

function byHand(seen: Seen): Finding {
  const { signals } = seen
  const reachable = databaseReachable(seen)
  if (signals === undefined || 'unreachable' in signals.database) return isUnknown(reachable.reason, reachable.message)
  return signals.database.migrated
    ? isTrue('Migrated', 'the database has tables of a pipeline; spec.database.migrate is false')
    : isFalse('NotMigrated', 'spec.database.migrate is false, and the schema has no tables: run mp migrate')
}
