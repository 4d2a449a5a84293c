import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PendingKeys } from '../../../../core/queue/pending-keys.ts'

function keysTaken(pending: PendingKeys): string[] {
  const keys: string[] = []
  for (let taken = pending.take(); taken !== undefined; taken = pending.take()) keys.push(taken.key)
  return keys
}

test('keys come in the order in which they were added, each once', () => {
  const pending = new PendingKeys()
  for (const key of ['b', 'a', 'b', 'c', 'a']) pending.add(key, 'high', 0)
  expect(pending.depth).toBe(3)
  expect(keysTaken(pending)).toEqual(['b', 'a', 'c'])
})

test('what is urgent goes first, and makes urgent what was not', () => {
  const pending = new PendingKeys()
  for (const key of ['a', 'b', 'c']) pending.add(key, 'low', 0)
  pending.add('d', 'high', 1)
  pending.add('b', 'high', 2)
  pending.add('d', 'low', 3)
  expect(keysTaken(pending)).toEqual(['d', 'b', 'a', 'c'])
})

test('between them goes what is neither', () => {
  const pending = new PendingKeys()
  for (const [key, priority] of [
    ['a', 'low'],
    ['b', 'normal'],
    ['c', 'high'],
    ['d', 'normal'],
    ['a', 'normal'],
  ] as const)
    pending.add(key, priority, 0)
  expect(pending.depth).toBe(4)
  expect(keysTaken(pending)).toEqual(['c', 'b', 'd', 'a'])
})

test('a key in hand is not taken twice, and comes again when it was added meanwhile', () => {
  const pending = new PendingKeys()
  pending.add('a', 'low', 0)
  pending.take()
  pending.add('a', 'high', 5)
  pending.add('a', 'low', 6)
  expect(pending.take()).toBeUndefined()
  expect(pending.depth).toBe(1)
  pending.done('a')
  expect(pending.take()).toEqual({ key: 'a', priority: 'high', addedAtMs: 5 })
  pending.done('a')
  expect(pending.take()).toBeUndefined()
})

test('it is known since when keys wait', () => {
  const pending = new PendingKeys()
  expect(pending.oldestAddedAtMs).toBeUndefined()
  pending.add('a', 'low', 3)
  pending.add('b', 'high', 4)
  pending.add('a', 'high', 5)
  expect(pending.oldestAddedAtMs).toBe(3)
})

test('whatever happens, a key is in one hand at most, and after its last addition it is taken once more', () => {
  const step = fc.oneof(
    fc.record({
      what: fc.constant('add' as const),
      key: fc.constantFrom('a', 'b', 'c'),
      priority: fc.constantFrom('high', 'normal', 'low'),
    }),
    fc.record({ what: fc.constant('take' as const) }),
    fc.record({ what: fc.constant('done' as const), at: fc.nat(2) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const pending = new PendingKeys()
      const inHand: string[] = []
      const unseen = new Set<string>()
      const take = () => {
        const taken = pending.take()
        if (taken === undefined) return false
        expect(inHand).not.toContain(taken.key)
        expect(unseen).toContain(taken.key)
        unseen.delete(taken.key)
        inHand.push(taken.key)
        return true
      }
      for (const each of steps) {
        if (each.what === 'add') {
          pending.add(each.key, each.priority, 0)
          unseen.add(each.key)
        } else if (each.what === 'take') take()
        else for (const key of inHand.splice(each.at, 1)) pending.done(key)
        expect(pending.depth).toBe(unseen.size)
      }
      for (const key of inHand.splice(0)) pending.done(key)
      while (take()) for (const key of inHand.splice(0)) pending.done(key)
      expect(unseen).toEqual(new Set())
    }),
  )
})
