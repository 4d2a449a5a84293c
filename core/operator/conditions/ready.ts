import { type Finding, isFalse, isTrue } from '../finding.ts'

export interface Readiness {
  readonly problems: readonly string[]
  readonly taken: readonly string[]
  readonly refused: readonly string[]
  readonly isSuspended: boolean
  readonly migrated: Finding
  readonly workers: Finding
  /** What keeps a new plan from taking over; undefined when nothing does. */
  readonly rollout: Finding | undefined
  /** There are workers of an earlier plan. */
  readonly keepsRunning: boolean
}

const MOST_PROBLEMS = 5

/** Whether the pipeline does what its object asks; the first thing in the way, and what to do about it. */
export function ready(readiness: Readiness): Finding {
  const { problems, taken, refused, isSuspended, migrated, workers, rollout, keepsRunning } = readiness
  if (problems.length > 0) return isFalse('InvalidSpec', describeProblems(problems, keepsRunning))
  if (taken.length > 0) {
    return isFalse(
      'NameTaken',
      `${taken.join(', ')} belongs to somebody else: rename or delete it, or rename the pipeline`,
    )
  }
  if (refused.length > 0) return isFalse('Refused', `the API server refuses to ${refused.join('; ')}`)
  if (isSuspended) return isFalse('Suspended', 'spec.suspend is true; see the condition Drained')
  if (migrated.status === 'False') return isFalse(migrated.reason, migrated.message)
  if (workers.status !== 'True') return isFalse(workers.reason, workers.message)
  return rollout ?? isTrue(workers.reason, workers.message)
}

function describeProblems(problems: readonly string[], keepsRunning: boolean): string {
  const more = problems.length > MOST_PROBLEMS ? `; and ${problems.length - MOST_PROBLEMS} more` : ''
  const note = keepsRunning ? '. The last valid plan stays in force' : ''
  return `${problems.slice(0, MOST_PROBLEMS).join('; ')}${more}${note}`
}
