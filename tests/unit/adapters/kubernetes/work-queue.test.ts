import { afterEach, expect, test } from 'vitest'
import { type PassSeen, WorkQueue, type WorkQueueOptions } from '../../../../adapters/kubernetes/work-queue.ts'
import { eventually } from '../../../support/eventually.ts'

const stops: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

/** Runs until the test is over, or has stopped it. */
function start(options: Partial<WorkQueueOptions> & Pick<WorkQueueOptions, 'handle'>) {
  const queue = new WorkQueue({ concurrency: 4, onFailure: () => undefined, ...options })
  const stopping = new AbortController()
  const run = queue.run(stopping.signal)
  const stop = async () => {
    stopping.abort()
    await run
  }
  stops.push(stop)
  return { queue, stop }
}

test('no two handlers have the same key in hand, and what was added meanwhile comes again', async () => {
  const inHand = new Set<string>()
  let passes = 0
  const { queue } = start({
    handle: async (key) => {
      expect(inHand).not.toContain(key)
      inHand.add(key)
      passes += 1
      if (passes < 20) queue.add(key)
      await new Promise(setImmediate)
      inHand.delete(key)
      return undefined
    },
  })
  queue.add('a')
  queue.add('b')
  await eventually(() => expect(passes).toBeGreaterThanOrEqual(20))
})

test('no more run at once than may', async () => {
  const gate = Promise.withResolvers<void>()
  let most = 0
  const { queue } = start({
    concurrency: 3,
    handle: async () => {
      most = Math.max(most, queue.inHand)
      await gate.promise
      return undefined
    },
  })
  for (const key of 'abcdefgh') queue.add(key)
  await eventually(() => expect(queue.inHand).toBe(3))
  expect(queue.depth).toBe(5)
  gate.resolve()
  await eventually(() => expect(queue.depth + queue.inHand).toBe(0))
  expect(most).toBe(3)
})

test('a key that fails comes again, later each time, until it does not', async () => {
  const waits: number[] = []
  const passes: PassSeen[] = []
  const { queue } = start({
    handle: async () => {
      if (waits.length < 5) throw new Error('not yet')
      return undefined
    },
    onFailure: (_key, _error, retryInMs) => waits.push(retryInMs),
    onPass: (pass) => passes.push(pass),
  })
  queue.add('a')
  await eventually(() => expect(passes).toHaveLength(6))
  expect(waits[4]).toBeGreaterThan(waits[0]!)
  expect(waits[4]).toBeLessThanOrEqual(80)
  expect(passes.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'failed', 'failed', 'failed', 'done'])
  expect(queue.failing).toBe(0)
})

test('one that fails is in no other’s way', async () => {
  const done: string[] = []
  const { queue } = start({
    concurrency: 1,
    handle: async (key) => {
      if (key === 'bad') throw new Error('always')
      done.push(key)
      return undefined
    },
  })
  queue.add('bad')
  for (const key of 'abc') queue.add(key)
  await eventually(() => expect(done).toEqual(['a', 'b', 'c']))
  expect(queue.failing).toBe(1)
})

test('a server that asked for time gets it before a key is tried again', async () => {
  const waits: number[] = []
  const { queue } = start({
    handle: () => Promise.reject(Object.assign(new Error('later'), { retryAfterMs: 60_000 })),
    onFailure: (_key, _error, retryInMs) => waits.push(retryInMs),
  })
  queue.add('a')
  await eventually(() => expect(waits).toEqual([60_000]))
})

test('a handler says when it wants to look again, and a change may come before that', async () => {
  const passes: string[] = []
  const { queue } = start({
    handle: async (key) => {
      passes.push(key)
      return passes.length === 1 ? { afterMs: 20 } : { afterMs: 3_600_000 }
    },
  })
  queue.add('a')
  await eventually(() => expect(passes).toHaveLength(2))
  queue.add('a')
  await eventually(() => expect(passes).toHaveLength(3))
})

test('the earlier of two times counts', async () => {
  const passes: string[] = []
  const { queue } = start({
    handle: async (key) => {
      passes.push(key)
      return undefined
    },
  })
  queue.addAfter('a', 20)
  queue.addAfter('a', 3_600_000)
  queue.addAfter('b', 3_600_000)
  queue.addAfter('b', 20)
  await eventually(() => expect(passes.sort()).toEqual(['a', 'b']))
})

test('a stop lets what is in hand finish, and begins nothing', async () => {
  const gate = Promise.withResolvers<void>()
  const done: string[] = []
  const { queue, stop } = start({
    concurrency: 1,
    handle: async (key) => {
      await gate.promise
      done.push(key)
      return { afterMs: 1 }
    },
  })
  queue.add('a')
  queue.add('b')
  await eventually(() => expect(queue.inHand).toBe(1))
  let over = false
  const stopped = stop().then(() => (over = true))
  await new Promise(setImmediate)
  expect(over).toBe(false)
  gate.resolve()
  await stopped
  expect(done).toEqual(['a'])
})

test('a handler that does not finish in time is told to give up, and not waited for', async () => {
  let told: AbortSignal | undefined
  const { queue, stop } = start({
    finishMs: 50,
    handle: async (_key, giveUp) => {
      told = giveUp
      return await new Promise(() => undefined)
    },
  })
  queue.add('a')
  await eventually(() => expect(told).toBeDefined())
  await stop()
  expect(told?.aborted).toBe(true)
})
