import { expect, test } from 'vitest'
import { contentHash } from '../../../../core/numbers/content-hash.ts'

/** Stored beside facts: were these to change, an upgrade would let a version replace itself. */
test.each([
  ['of nothing', '', '222278580669572434'],
  ['of a word', 'departure', '224966442315605591'],
  ['of a tombstone', 'tombstone', '223219788138962273'],
  ['of text beyond ASCII', 'Zürich ✈', '230678830926760136'],
])('%s', (_sentence, text, hash) => {
  expect(contentHash(text, 3)).toBe(hash)
})

test('ten thousand similar texts have ten thousand hashes', () => {
  const texts = Array.from({ length: 10_000 }, (_, index) => `["ATL",${index},null]`)
  expect(new Set(texts.map((text) => contentHash(text, 3))).size).toBe(10_000)
})

test('of two texts the one of the higher rank has the higher hash', () => {
  const hashes = [0, 1, 2, 126, 127].map((rank) => BigInt(contentHash(String(1_000 - rank), rank)))
  expect(hashes.toSorted((a, b) => Number(a - b))).toEqual(hashes)
})

test('a hash is a signed 64-bit integer', () => {
  for (let index = 0; index < 1_000; index += 1) {
    const hash = BigInt(contentHash(String(index), index % 128))
    expect(BigInt.asIntN(64, hash)).toBe(hash)
  }
})
