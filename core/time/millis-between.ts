import { MICROS_PER_MILLISECOND, parseInstant } from './instant.ts'

/** Milliseconds from one ISO text to another; 0 where one of them is no instant. */
export function millisBetween(from: string, to: string): number {
  const [start, end] = [parseInstant(from), parseInstant(to)]
  if ('problem' in start || 'problem' in end) return 0
  return Math.round((end.instant - start.instant) / MICROS_PER_MILLISECOND)
}
