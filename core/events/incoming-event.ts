import type { Instant } from '../time/instant.ts'

/** One event as decoded from an entry, before its type's rules have been looked at. */
export interface IncomingEvent {
  readonly type: string | undefined
  readonly id: string | undefined
  readonly publishedAt: Instant
  readonly tombstone: boolean
  readonly data: Readonly<Record<string, unknown>>
  /** Values arrived as text (flat stream fields) and are read by the type the definition gives them. */
  readonly textual: boolean
}
