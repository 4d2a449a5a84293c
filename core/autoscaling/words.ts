import type { Workload } from './sight.ts'
import { counted, grouped, lasting } from './wording.ts'

/** `2 workers instead of 4`, `2 workers`. */
export function workersInWords(now: number, before: number): string {
  return now === before ? counted(now, 'worker') : `${counted(now, 'worker')} instead of ${before}`
}

/** `1,200 entries wait, the oldest for 4 s, and 300 a second come in`. */
export function loadInWords({ backlog, oldestEventAgeMs, arrivalsPerSecond }: Workload): string {
  const oldest = oldestEventAgeMs === null || backlog === 0 ? '' : `, the oldest for ${lasting(oldestEventAgeMs)},`
  const waits = backlog === 0 ? 'nothing waits' : counted(backlog, 'entry waits', 'entries wait')
  const come = arrivalsPerSecond === null ? 'nobody knows yet how many come in' : `${rate(arrivalsPerSecond)} come in`
  return `${waits}${oldest} and ${come}`
}

export function rate(perSecond: number): string {
  return `${grouped(perSecond)} a second`
}
