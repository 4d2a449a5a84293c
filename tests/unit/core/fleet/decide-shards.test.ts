import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decideShards } from '../../../../core/fleet/decide-shards.ts'

const NOBODY = undefined

test.each([
  ['one worker takes all', ['a'], [NOBODY, NOBODY, NOBODY], 'a', { acquire: 3, release: [], reason: 'short' }],
  ['one worker keeps all', ['a'], ['a', 'a', 'a'], 'a', { acquire: 0, release: [], reason: 'fair' }],
  [
    'a newcomer makes room for itself',
    ['a', 'b'],
    ['a', 'a', 'a', 'a'],
    'a',
    { acquire: 0, release: [2, 3], reason: 'surplus' },
  ],
  [
    'a newcomer waits for its share',
    ['a', 'b'],
    ['a', 'a', 'a', 'a'],
    'b',
    { acquire: 2, release: [], reason: 'short' },
  ],
  [
    'who holds the larger share keeps it',
    ['a', 'b'],
    ['b', 'b', 'a'],
    'b',
    { acquire: 0, release: [], reason: 'fair' },
  ],
  [
    'who holds the smaller share is content',
    ['a', 'b'],
    ['b', 'b', 'a'],
    'a',
    { acquire: 0, release: [], reason: 'fair' },
  ],
  [
    'nobody is left without while another has two',
    ['a', 'b', 'c'],
    ['a', 'a', 'b', 'b'],
    'b',
    { acquire: 0, release: [3], reason: 'surplus' },
  ],
  [
    'of more workers than shards some have none',
    ['a', 'b', 'c'],
    ['a', 'b'],
    'c',
    { acquire: 0, release: [], reason: 'fair' },
  ],
  [
    'a worker that the list does not know yet counts all the same',
    ['a'],
    ['a', 'a'],
    'b',
    { acquire: 1, release: [], reason: 'short' },
  ],
  [
    'an owner that is silent but whose lease runs keeps its shard so long',
    ['a'],
    ['a', 'gone'],
    'a',
    { acquire: 1, release: [], reason: 'short' },
  ],
])('%s', (_name, members, owners, self, decision) => {
  expect(decideShards({ self, members, owners })).toEqual(decision)
})

const fleet = fc
  .record({
    members: fc.integer({ min: 1, max: 9 }),
    owners: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 24 }),
  })
  .map(({ members, owners }) => ({
    members: Array.from({ length: members }, (_, i) => `worker-${i}`),
    owners: owners.map((owner) => (owner < members ? `worker-${owner}` : NOBODY)),
  }))

test('shares add up to all shards, and differ by one at most', () => {
  fc.assert(
    fc.property(fleet, ({ members, owners }) => {
      const shares = members.map((self) => {
        const { acquire, release } = decideShards({ self, members, owners })
        return owners.filter((owner) => owner === self).length + acquire - release.length
      })
      expect(shares.reduce((a, b) => a + b)).toBe(owners.length)
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1)
    }),
  )
})

test('workers that act one after another come to rest within three rounds, each with a fair share', () => {
  fc.assert(
    fc.property(fleet, ({ members, owners: begun }) => {
      const owners = [...begun]
      const round = () => {
        let moved = 0
        for (const self of members) {
          const { acquire, release } = decideShards({ self, members, owners })
          for (const shard of release) owners[shard] = NOBODY
          const taken = owners.flatMap((owner, shard) => (owner === NOBODY ? [shard] : [])).slice(0, acquire)
          for (const shard of taken) owners[shard] = self
          moved += release.length + taken.length
        }
        return moved
      }
      for (let rounds = 0; rounds < 3; rounds += 1) round()
      expect(round()).toBe(0)
      const counts = members.map((self) => owners.filter((owner) => owner === self).length)
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
    }),
    { numRuns: 2_000 },
  )
})

test('a worker that joins a fair fleet moves no more than its own share', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 24 }), (workers, shards) => {
      const before = Array.from({ length: workers }, (_, i) => `worker-${i}`)
      const owners = Array.from({ length: shards }, (_, shard) => `worker-${shard % workers}`)
      const members = [...before, 'newcomer']
      const released = before.reduce((sum, self) => sum + decideShards({ self, members, owners }).release.length, 0)
      expect(released).toBe(decideShards({ self: 'newcomer', members, owners }).acquire)
      expect(released).toBeLessThanOrEqual(Math.ceil(shards / members.length))
    }),
  )
})
