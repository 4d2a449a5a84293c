import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fnv1a, shardOf } from '../../../../core/shards/shard-of.ts'

test.each([
  ['the empty text is the offset basis', '', 0x811c9dc5],
  ['one letter', 'a', 0xe40c292c],
  ['a word', 'foobar', 0xbf9cf968],
  ['two bytes for one letter', 'ü', 0x119dd44a],
  ['four bytes for one character', '😀', 0x33a29608],
])('FNV-1a: %s', (_name, text, hash) => {
  expect(fnv1a(text)).toBe(hash)
})

test('is the definition, byte by byte, for any key', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (key) => {
      let hash = 2_166_136_261n
      for (const byte of Buffer.from(key, 'utf8')) hash = ((hash ^ BigInt(byte)) * 16_777_619n) % 2n ** 32n
      expect(fnv1a(key)).toBe(Number(hash))
    }),
  )
})

test('every shard of eight gets its part of ten thousand keys', () => {
  const counts = new Array<number>(8).fill(0)
  for (let i = 0; i < 10_000; i += 1) counts[shardOf(`entity-${i}`, 8)]! += 1
  for (const count of counts) expect(Math.abs(count - 1_250)).toBeLessThan(150)
})
