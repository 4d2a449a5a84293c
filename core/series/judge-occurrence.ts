/** The same thing, told again and again. All times by the caller's monotonic clock. */
export interface Series {
  readonly count: number
  readonly lastMs: number
  /** When a reader was last told the count. */
  readonly toldMs: number
}

export type Telling = 'first' | 'again' | 'count-only'

/** What was not repeated for so long is news when it happens again. */
const ENDS_AFTER_MS = 6 * 60_000

/** A count that nobody reads every second is not written every second. */
const TELL_EVERY_MS = 60_000

/** What to do about one more occurrence: tell of it, tell how often it was by now, or only count it until it is time to. */
export function judgeOccurrence(
  series: Series | undefined,
  nowMs: number,
): { readonly telling: Telling; readonly series: Series } {
  if (series === undefined || hasEnded(series, nowMs))
    return { telling: 'first', series: { count: 1, lastMs: nowMs, toldMs: nowMs } }
  const count = series.count + 1
  if (count > 2 && nowMs - series.toldMs < TELL_EVERY_MS)
    return { telling: 'count-only', series: { ...series, count, lastMs: nowMs } }
  return { telling: 'again', series: { count, lastMs: nowMs, toldMs: nowMs } }
}

export function hasEnded({ lastMs }: Series, nowMs: number): boolean {
  return nowMs - lastMs > ENDS_AFTER_MS
}
