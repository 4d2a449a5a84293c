import type { Workload } from './sight.ts'
import { counted, grouped, lasting } from './wording.ts'

/** `2 workers instead of 4`. */
export function insteadOf(now: number, before: number): string {
  return `${counted(now, 'worker')} instead of ${before}`
}

/** `Keeps 2 workers`, and why, or for how long. */
export function keeps(workers: number): string {
  return `Keeps ${counted(workers, 'worker')}`
}

/** Below this it is what is left of an average after the last one. */
const AS_GOOD_AS_NONE = 0.01

/** What every busy stream holds; no age to speak of. */
const YOUNG_MS = 1_000

/** `1,200 entries wait, the oldest for 4 s, and 300 a second come in`. */
export function loadInWords({ backlog, oldestEventAgeMs, arrivalsPerSecond }: Workload): string {
  const ageMs = backlog === 0 ? 0 : (oldestEventAgeMs ?? 0)
  const oldest = ageMs < YOUNG_MS ? '' : `, the oldest for ${lasting(ageMs)},`
  const waits = backlog === 0 ? 'nothing waits' : counted(backlog, 'entry waits', 'entries wait')
  return `${waits}${oldest} and ${comeInWords(arrivalsPerSecond)}`
}

function comeInWords(perSecond: number | null): string {
  if (perSecond === null) return 'how many come in is not known yet'
  return perSecond < AS_GOOD_AS_NONE ? 'nothing comes in' : `${rate(perSecond)} come in`
}

export function rate(perSecond: number): string {
  return `${grouped(perSecond)} a second`
}

/** Until when what waits is done, at the pace of now. */
export function outlookInWords({ backlog, arrivalsPerSecond, completionsPerSecond }: Workload): string {
  if (arrivalsPerSecond === null || completionsPerSecond === null) return ''
  const gain = completionsPerSecond - arrivalsPerSecond
  return gain <= 0 ? '; it does not get less' : `; done in about ${lasting((backlog * 1_000) / gain)}`
}
