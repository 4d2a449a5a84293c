import { type Instant, MICROS_PER_MILLISECOND } from '../time/instant.ts'

/** Negative when `a` comes before `b`. Ids are two numbers, `<milliseconds>-<sequence>`, and must never be compared as text. */
export function compareEntryIds(a: string, b: string): number {
  const [aMs, aSeq] = entryIdParts(a)
  const [bMs, bSeq] = entryIdParts(b)
  if (aMs !== bMs) return aMs - bMs
  if (aSeq === bSeq) return 0
  return BigInt(aSeq) < BigInt(bSeq) ? -1 : 1 // a sequence has 64 bits, more than a number holds exactly
}

/** When Redis took the entry, by its own clock. */
export function entryTime(id: string): Instant {
  return entryIdParts(id)[0] * MICROS_PER_MILLISECOND
}

function entryIdParts(id: string): readonly [milliseconds: number, sequence: string] {
  const dash = id.indexOf('-')
  return dash === -1 ? [Number(id), '0'] : [Number(id.slice(0, dash)), id.slice(dash + 1)]
}
