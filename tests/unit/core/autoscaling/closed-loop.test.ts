import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inheritMemory } from '../../../../core/autoscaling/scaling-memory.ts'
import { ClosedLoop, type World } from './closed-loop.ts'

const WORKER = 1_000
const DAY = 86_400

/** So much comes in from a second on. */
const from =
  (second: number, rate: number, before = 0) =>
  (now: number) =>
    now >= second ? rate : before

const even: World = { arrivals: () => 0, perWorker: () => WORKER }

test.each([
  ['half of what one worker gets done', 500],
  ['what just about fills one', 900],
  ['a little more', 950],
  ['what just about fills two', 1_750],
  ['what just about fills three', 2_650],
  ['what just about fills six', 5_300],
])('a day of constant load changes the number twice at most: %s', (_sentence, rate) => {
  for (const shards of [undefined, 8]) {
    const perWorker = (_workers: number, second: number) => WORKER * (1 + 0.1 * Math.sin(second * second))
    const loop = new ClosedLoop({ shards, arrivals: () => rate, perWorker, noise: 0.2 }).run(DAY)
    expect(loop.changes.length).toBeLessThanOrEqual(2)
    expect(loop.oldestAgeSeconds).toBeLessThan(30)
  }
})

test.each([2, 3, 5])(
  'ten times what one worker gets done asks for all within 15 s, deciding every %i s',
  (tickSeconds) => {
    const memory = inheritMemory({ capacityPerWorker: WORKER })
    for (const replicas of [0, 1]) {
      for (const maxReplicas of [8, 64]) {
        const arrivals = from(61, 1.3 * maxReplicas * WORKER, replicas * 300)
        const loop = new ClosedLoop({
          ...even,
          arrivals,
          tickSeconds,
          replicas,
          memory,
          settings: { maxReplicas },
        }).run(75)
        expect(loop.replicas).toBe(maxReplicas)
      }
    }
  },
)

test('so it does where nobody has seen a worker work yet, once the first one is ready', () => {
  const loop = new ClosedLoop({ ...even, arrivals: from(61, 10 * WORKER), replicas: 0, startSeconds: 3 }).run(75)
  expect(loop.replicas).toBe(8)
})

test('what waited is done as soon as eight workers can', () => {
  const arrivals = (second: number) => (second > 60 && second <= 120 ? 10 * WORKER : 2 * WORKER)
  const loop = new ClosedLoop({
    ...even,
    arrivals,
    replicas: 3,
    memory: inheritMemory({ capacityPerWorker: WORKER }),
  }).run(120)
  const waiting = loop.backlog
  loop.run(Math.ceil(waiting / (6 * WORKER)) + 1)
  expect(loop.backlog).toBeLessThanOrEqual(2 * WORKER)
})

test('after the last entry the workers stay for idleAfter, and are gone within the next decision', () => {
  const loop = new ClosedLoop({ ...even, arrivals: (second) => (second <= 1_000 ? 2_500 : 0), startSeconds: 1 }).run(
    1_299,
  )
  expect(loop.replicas).toBeGreaterThan(0)
  loop.run(15)
  expect(loop.replicas).toBe(0)
  expect(loop.backlog).toBe(0)
})

test('an entry every now and then keeps one worker, and one that comes after the last has gone wakes it', () => {
  const rare = new ClosedLoop({ ...even, arrivals: (second) => (second % 200 === 0 ? 1 : 0) }).run(7_200)
  expect(rare.changes).toEqual([])
  const rarer = new ClosedLoop({ ...even, arrivals: (second) => (second % 1_000 === 0 ? 1 : 0) }).run(1_999)
  expect(rarer.replicas).toBe(0)
  expect(rarer.run(3).changes.at(-1)).toMatchObject({ from: 0, to: 1, reason: 'Woken' })
})

test('when nothing gets done nobody is added, and afterwards what waited is', () => {
  const perWorker = (_workers: number, second: number) => (second > 600 && second <= 900 ? 0 : WORKER)
  const loop = new ClosedLoop({ ...even, arrivals: () => 700, perWorker }).run(890)
  expect(loop).toMatchObject({ replicas: 1, decision: { reason: 'ProgressStalled' } })
  loop.run(30)
  expect(loop.replicas).toBe(8)
})

test('a database that does no more for two workers than for one gets no third', () => {
  const perWorker = (workers: number, second: number) => (second > 600 ? 600 / Math.max(1, workers) : WORKER)
  const loop = new ClosedLoop({ ...even, arrivals: () => 700, perWorker }).run(3_600)
  expect(loop).toMatchObject({ replicas: 2, decision: { reason: 'IneffectiveScaleUp' } })
})

test('a wave of a day is followed within the target, and by steps down only when it falls', () => {
  const arrivals = (second: number) => 2_600 - 2_400 * Math.cos((second / DAY) * 2 * Math.PI)
  const loop = new ClosedLoop({ ...even, arrivals, noise: 0.1, tickSeconds: 5 })
  for (let hour = 0; hour < 24; hour += 1) {
    loop.run(3_600)
    expect(loop.oldestAgeSeconds).toBeLessThan(30)
  }
  const directions = loop.changes.map(({ from, to }) => (to > from ? 'up' : 'down'))
  expect(directions.filter((direction, i) => i > 0 && direction !== directions[i - 1])).toEqual(['down'])
})

const constant = fc.record({
  rate: fc.integer({ min: 1, max: 9_000 }),
  noise: fc.double({ min: 0, max: 0.3, noNaN: true }),
  perWorker: fc.integer({ min: 300, max: 5_000 }),
  startSeconds: fc.integer({ min: 1, max: 30 }),
  tickSeconds: fc.integer({ min: 2, max: 10 }),
  shards: fc.option(fc.integer({ min: 1, max: 32 }), { nil: undefined }),
  replicas: fc.integer({ min: 0, max: 8 }),
  seed: fc.nat(1_000_000),
})

/** Steps down after more than an hour. */
const ON_THE_EDGE = {
  rate: 6_904,
  noise: 0.299_999_999_999_999_16,
  perWorker: 4_089,
  startSeconds: 26,
  tickSeconds: 8,
  shards: 12,
  replicas: 6,
  seed: 10,
}

test('under constant load the direction changes once at most within a window; after half an hour there is at most one step, down', () => {
  fc.assert(
    fc.property(constant, ({ rate, perWorker, shards, replicas, ...rest }) => {
      const loop = new ClosedLoop({
        ...rest,
        shards,
        replicas: Math.min(replicas, shards ?? replicas),
        arrivals: () => rate,
        perWorker: () => perWorker,
      }).run(7_200)
      const turns = loop.changes.filter(
        ({ from, to }, i) => i > 0 && to > from !== loop.changes[i - 1]!.to > loop.changes[i - 1]!.from,
      )
      for (const [i, { second }] of turns.entries())
        if (i > 0) expect(second - turns[i - 1]!.second).toBeGreaterThanOrEqual(300)
      // On the edge between two numbers a fleet goes to the smaller one when chance leaves a whole window without a peak, and stays there.
      const late = loop.changes.filter(({ second }) => second > 1_800)
      expect(late.length).toBeLessThanOrEqual(1)
      for (const { from, to } of late) expect(to).toBeLessThan(from)
    }),
    { numRuns: 50, endOnFailure: true, examples: [[ON_THE_EDGE]] },
  )
})
