const OFFSET_BASIS = 0x811c9dc5
const PRIME = 0x01000193

const utf8 = new TextEncoder()

/**
 * The shard of an entity key: 32-bit FNV-1a over its UTF-8 bytes, modulo the number of shards. Producers in other languages compute the same;
 * test vectors stand in docs/reference/sharded-streams.md.
 */
export function shardOf(key: string, shards: number): number {
  return fnv1a(key) % shards
}

/** 32-bit FNV-1a (Fowler, Noll, Vo) over UTF-8, as an unsigned integer. */
export function fnv1a(text: string): number {
  let hash = OFFSET_BASIS
  for (const byte of utf8.encode(text)) hash = Math.imul(hash ^ byte, PRIME)
  return hash >>> 0
}
