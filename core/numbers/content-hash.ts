export const HIGHEST_RANK = 127

/**
 * A 63-bit hash of a text, as an integer in decimal text (PostgreSQL's `bigint`). Its first seven bits are the rank, 0 to 127: of two texts the
 * one of the higher rank has the higher hash.
 *
 * It only breaks ties between equal versions, so it must be the same everywhere and well spread; it is no defence against an attacker.
 * Two 32-bit lanes of multiply-and-xor over UTF-16 code units, mixed into each other at the end.
 */
export function contentHash(text: string, rank: number): string {
  let low = 0x9e3779b9
  let high = 0x85ebca6b
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i)
    low = Math.imul(low ^ unit, 0x01000193)
    high = Math.imul(high ^ unit, 0x5bd1e995) + (high >>> 15)
  }
  low = mix(low ^ text.length)
  high = mix(high ^ low)
  const ranked = (Math.min(rank, HIGHEST_RANK) << 24) | (high >>> 8)
  return decimalOf(ranked, low >>> 0)
}

/** `high * 2^32 + low` in decimal digits, for 31 and 32 bits: every step stays below 2^53. */
function decimalOf(high: number, low: number): string {
  const lower = high * 967_296 + low // 2^32 is 4,294,967,296
  const tail = lower % 1_000_000
  const head = high * 4_294 + (lower - tail) / 1_000_000
  return head === 0 ? String(tail) : `${head}${String(tail).padStart(6, '0')}`
}

function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x7feb352d)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b)
  return mixed ^ (mixed >>> 16)
}
