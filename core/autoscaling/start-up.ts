export const USUAL_START_MS = 10_000

const LONGEST_START_MS = 120_000

interface Start {
  readonly startMs: number
  readonly startingSinceMs: number | null
}

/** How long workers take from being asked for to being ready, as far as it can be seen from one look to the next. */
export function learnStart({ startMs, startingSinceMs }: Start, allReady: boolean, nowMs: number): Start {
  if (startingSinceMs === null || !allReady) return { startMs, startingSinceMs }
  const took = Math.min(LONGEST_START_MS, nowMs - startingSinceMs)
  return { startMs: (startMs + took) / 2, startingSinceMs: null }
}

/** Until those asked for now are there; those asked for next take the whole time. */
export function startsInMs({ startMs, startingSinceMs }: Start, nowMs: number): number {
  return startingSinceMs === null ? startMs : Math.max(0, startMs - (nowMs - startingSinceMs))
}

const SHOWS_AFTER_MS = 10_000

/** Whether those asked for last have had the time to start, and to show what they bring. */
export function hasSettled(
  { startMs, lastScaleAtMs }: Start & { readonly lastScaleAtMs: number | null },
  nowMs: number,
): boolean {
  return lastScaleAtMs === null || Math.abs(nowMs - lastScaleAtMs) >= startMs + SHOWS_AFTER_MS
}
