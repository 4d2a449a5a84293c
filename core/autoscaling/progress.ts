import { millisBetween } from '../time/millis-between.ts'

/** Whether ready workers get anything done, from one look at the database to the next. */
export interface Progress {
  /** Entries that all members have committed. */
  readonly done: number | null
  readonly marks: number | null
  /** When the database was looked at for these. */
  readonly databaseAt: string | null
  /** The last look that saw progress while work was waiting; null where none waits. */
  readonly movedAt: string | null
}

export interface ProgressLook {
  readonly done: number | null
  readonly marks: number
  readonly databaseAt: string
  readonly completionsPerSecond: number | null
  readonly isWorkWaiting: boolean
  readonly ready: number
}

const STALLED_AFTER_MS = 6_000

/**
 * A member that starts anew counts from zero again: any other number than before is progress. Only another look at the database tells whether
 * there was some; one that seems to be older is of another observer, by another clock, and begins anew.
 */
export function followProgress(before: Progress, look: ProgressLook): Progress {
  const { done, marks, databaseAt } = look
  if (look.ready === 0 || !look.isWorkWaiting) return { done, marks, databaseAt, movedAt: null }
  if (databaseAt === before.databaseAt) return before
  const stands = before.movedAt !== null && before.movedAt <= databaseAt && !hasMoved(before, look)
  return { done, marks, databaseAt, movedAt: stands ? before.movedAt : databaseAt }
}

/** As far as it was looked at. */
export function stalledForMs({ databaseAt, movedAt }: Progress): number | undefined {
  const ms = databaseAt === null || movedAt === null ? 0 : millisBetween(movedAt, databaseAt)
  return ms < STALLED_AFTER_MS ? undefined : ms
}

function hasMoved(before: Progress, { done, marks, completionsPerSecond }: ProgressLook): boolean {
  if (before.marks !== null && marks < before.marks) return true
  return done === null || before.done === null ? completionsPerSecond !== 0 : done !== before.done
}
