import { parseDurationMs } from './duration.ts'
import type { WindowDays } from './window.ts'

const MS_PER_DAY = 86_400_000

/** The days of a duration such as `7d` or `168h`; undefined when it is none, or not of whole days, or empty. */
export function parseWholeDays(text: string): WindowDays | undefined {
  const ms = parseDurationMs(text)
  return ms === undefined || ms === 0 || ms % MS_PER_DAY !== 0 ? undefined : ms / MS_PER_DAY
}
