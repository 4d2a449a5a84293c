import { expect, test } from 'vitest'
import { CAPACITY, type Load } from './load.ts'
import { runLoad } from './run-load.ts'
import { fixed } from './scalers/fixed.ts'
import { World } from './world/world.ts'

const STEADY: Load = {
  name: 'steady',
  summary: 'as much as two workers get done',
  seconds: 600,
  arrivals: () => 2 * CAPACITY,
}

test('what arrives is the same, whoever scales', () => {
  const [few, many] = [stepped(STEADY, 1), stepped(STEADY, 8)]
  expect(few.look().map(({ arrived }) => arrived)).toEqual(many.look().map(({ arrived }) => arrived))
  expect(few.oldestAgeSeconds).toBeGreaterThan(many.oldestAgeSeconds)
})

test('a seed always stands for the same run', () => {
  const [once, again] = [runLoad(STEADY, fixed('four', 4), 7), runLoad(STEADY, fixed('four', 4), 7)]
  expect(once).toEqual(again)
  expect(runLoad(STEADY, fixed('four', 4), 8)).not.toEqual(once)
})

test.each<[string, Partial<Load>, number, { readonly from: number; readonly to: number }]>([
  ['what two get done leaves one behind by half', {}, 1, { from: 250, to: 350 }],
  ['two are behind by the little that they are not at their best', {}, 2, { from: 5, to: 60 }],
  ['four keep up', {}, 4, { from: 0, to: 0 }],
  [
    'five are no better than four with eight shards: one of them has two',
    { arrivals: () => 4.5 * CAPACITY },
    5,
    { from: 60, to: 160 },
  ],
  ['eight keep up with that', { arrivals: () => 4.5 * CAPACITY }, 8, { from: 0, to: 0 }],
  ['nobody keeps up with a database that takes half', { databaseLimit: () => CAPACITY }, 8, { from: 250, to: 350 }],
  ['nobody helps a shard in which nothing goes on', { deadShard: () => 3 }, 8, { from: 599, to: 599 }],
  ['nobody helps a shard whose entry holds its worker up', { poisonedShard: () => 3 }, 8, { from: 599, to: 599 }],
])('%s', (_, change, replicas, { from, to }) => {
  const oldest = runLoad({ ...STEADY, ...change }, fixed('fixed', replicas), 1).ages.at(-1)
  expect(oldest).toBeGreaterThanOrEqual(from)
  expect(oldest).toBeLessThanOrEqual(to)
})

test('pods do nothing before they are ready', () => {
  const late = runLoad({ ...STEADY, startSeconds: () => 120 }, fixed('fixed', 4), 1)
  expect(Math.max(...late.ages)).toBeGreaterThan(50)
  expect(late.ages.at(-1)).toBe(0)
  expect(late.replicaHours).toBeCloseTo((4 * STEADY.seconds) / 3_600, 1)
})

test('lag is unknown three tenths of the time where something waits, and known where nothing does', () => {
  const waiting = share({ ...STEADY, seconds: 20_000, isLagOftenUnknown: true, deadShard: () => 0 })
  expect(waiting(0)).toBeGreaterThan(0.25)
  expect(waiting(0)).toBeLessThan(0.35)
  expect(share({ ...STEADY, seconds: 20_000, isLagOftenUnknown: true, arrivals: () => 0 })(1)).toBe(0)
})

function stepped(load: Load, replicas: number): World {
  const world = new World(load, 1)
  world.scaleTo(replicas)
  for (let second = 0; second < load.seconds; second += 1) world.step(second)
  return world
}

function share(load: Load): (shard: number) => number {
  const world = new World(load, 1)
  const unknown = world.look().map(() => 0)
  for (let second = 0; second < load.seconds; second += 1) {
    world.step(second)
    world.look().forEach(({ lag }, shard) => {
      if (lag === undefined) unknown[shard] = (unknown[shard] ?? 0) + 1
    })
  }
  return (shard) => (unknown[shard] ?? 0) / load.seconds
}
