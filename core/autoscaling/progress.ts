/** Whether ready workers get anything done. */
export interface Progress {
  /** Entries that all members have committed. */
  readonly done: number | null
  readonly marks: number | null
  readonly stuckSinceMs: number | null
}

export interface ProgressLook {
  readonly done: number | null
  readonly marks: number
  readonly completionsPerSecond: number | null
  readonly isWorkWaiting: boolean
  readonly ready: number
}

const STALLED_AFTER_MS = 6_000

/** A member that starts anew counts from zero again: any other number than before is progress. */
export function followProgress(before: Progress, look: ProgressLook, nowMs: number): Progress {
  const { done, marks } = look
  const stands = look.ready > 0 && look.isWorkWaiting && !hasMoved(before, look)
  return { done, marks, stuckSinceMs: stands ? (before.stuckSinceMs ?? nowMs) : null }
}

export function stalledForMs({ stuckSinceMs }: Progress, nowMs: number): number | undefined {
  if (stuckSinceMs === null || nowMs - stuckSinceMs < STALLED_AFTER_MS) return undefined
  return nowMs - stuckSinceMs
}

function hasMoved(before: Progress, { done, marks, completionsPerSecond }: ProgressLook): boolean {
  if (before.marks !== null && marks < before.marks) return true
  return done === null || before.done === null ? completionsPerSecond !== 0 : done !== before.done
}
