import { expect, test } from 'vitest'
import { EarlierBatchFailed, severalAtATime } from '../../../aggregator/several-at-a-time.ts'

const NEVER = new AbortController().signal

/** Batches 0, 1, 2 ..., and what has happened to each so far. */
function watched(count: number, stop = NEVER) {
  const events: string[] = []
  const gates = Array.from({ length: count }, () => Promise.withResolvers<void>())
  async function* batches() {
    for (let batch = 0; batch < count; batch += 1) {
      events.push(`look ${batch}`)
      yield batch
    }
  }
  const done = severalAtATime(
    batches(),
    async (batch, turn) => {
      events.push(`begin ${batch}`)
      await gates[batch]?.promise
      await turn
      events.push(`end ${batch}`)
    },
    stop,
  )
  done.catch(() => undefined) // it may fail before the test asks
  const settled = () => new Promise((resolve) => setImmediate(resolve))
  const open = async (batch: number) => {
    gates[batch]?.resolve()
    await settled()
  }
  return { events, done, settled, open, fail: (batch: number) => gates[batch]?.reject(new Error(`${batch} failed`)) }
}

test('three are begun, and the next is looked up meanwhile', async () => {
  const { events, settled } = watched(5)
  await settled()
  expect(events.toSorted()).toEqual(['begin 0', 'begin 1', 'begin 2', 'look 0', 'look 1', 'look 2', 'look 3'])
})

test('one that is done early waits for its turn', async () => {
  const { events, done, settled, open } = watched(3)
  await settled()
  await open(1)
  expect(events).not.toContain('end 1')
  await open(0)
  await open(2)
  await done
  expect(events.filter((event) => event.startsWith('end'))).toEqual(['end 0', 'end 1', 'end 2'])
})

test('there may be none', async () => {
  const { events, done } = watched(0)
  await done
  expect(events).toEqual([])
})

test('one that fails ends it, and the turn of the one behind it never comes', async () => {
  const { events, done, settled, open, fail } = watched(5)
  await settled()
  fail(0)
  await open(1)
  await open(2)
  await expect(done).rejects.toThrow('0 failed')
  expect(events).not.toContain('begin 3')
  expect(events.filter((event) => event.startsWith('end'))).toEqual([])
})

test('the one behind it is told so', async () => {
  const told: unknown[] = []
  async function* two() {
    yield* [0, 1]
  }
  const done = severalAtATime(
    two(),
    async (batch, turn) => {
      if (batch === 0) throw new Error('0 failed')
      await turn.catch((error) => told.push(error))
    },
    NEVER,
  )
  await expect(done).rejects.toThrow('0 failed')
  expect(told).toEqual([expect.any(EarlierBatchFailed)])
})

test('a look-up that fails ends it, once those begun are done', async () => {
  const ended: number[] = []
  async function* failing() {
    yield 0
    throw new Error('nobody knows the next')
  }
  const done = severalAtATime(
    failing(),
    async (batch) => {
      await new Promise((resolve) => setImmediate(resolve))
      ended.push(batch)
    },
    NEVER,
  )
  await expect(done).rejects.toThrow('nobody knows the next')
  expect(ended).toEqual([0])
})

test('asked to stop, it finishes what it has begun and no more, though the next is known already', async () => {
  const stop = new AbortController()
  const { events, done, settled, open } = watched(5, stop.signal)
  await settled()
  stop.abort()
  for (const batch of [0, 1, 2]) await open(batch)
  await done
  const begun = [0, 1, 2].flatMap((batch) => [`begin ${batch}`, `end ${batch}`])
  expect(events.toSorted()).toEqual([...begun.toSorted(), 'look 0', 'look 1', 'look 2', 'look 3'])
})
