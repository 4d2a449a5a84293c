import { expect, test } from 'vitest'
import { contentHash } from '../../../../core/numbers/content-hash.ts'

/** Stored beside facts: were these to change, an upgrade would let a version replace itself. */
test.each([
  ['of nothing', '', '1563085151921825106'],
  ['of a word', 'departure', '2251177067328235095'],
  ['of a tombstone', 'tombstone', '1804033100441476449'],
  ['of text beyond ASCII', 'Zürich ✈', '3713548032652314824'],
])('%s', (_sentence, text, hash) => {
  expect(contentHash(text)).toBe(hash)
})

test('ten thousand similar texts have ten thousand hashes', () => {
  const texts = Array.from({ length: 10_000 }, (_, index) => `["ATL",${index},null]`)
  expect(new Set(texts.map(contentHash)).size).toBe(10_000)
})

test('a hash is a signed 64-bit integer', () => {
  for (let index = 0; index < 1_000; index += 1) {
    const hash = BigInt(contentHash(String(index)))
    expect(BigInt.asIntN(64, hash)).toBe(hash)
  }
})
