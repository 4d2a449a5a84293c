import type { StreamEntry } from '../../../core/stream/entry.ts'

/** Entries for a trace, by their streams and the ends of their ids, which are different within a schedule. */
export function named(entries: readonly StreamEntry[]): string {
  return entries.map(({ stream, id }) => `${stream}#${id.slice(id.indexOf('-') + 1)}`).join(' ')
}
