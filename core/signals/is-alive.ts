import type { MemberSignals } from './pipeline-signals.ts'

/** A worker says every second that it is alive; one that has been silent for longer than this counts as gone. */
const ALIVE_MS = 5_000

export function isAlive({ lastBeatAgeMs }: Pick<MemberSignals, 'lastBeatAgeMs'>): boolean {
  return lastBeatAgeMs <= ALIVE_MS
}
