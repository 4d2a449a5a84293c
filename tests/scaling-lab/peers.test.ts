import { describe, expect, test } from 'vitest'
import { Hpa, type HpaMetric } from './scalers/hpa.ts'
import { keda } from './scalers/keda.ts'
import { numaflow, wantedReplicas } from './scalers/numaflow.ts'
import type { View } from './world/view.ts'

// The peers' models do what their documentation says.

const MAX_REPLICAS = 8

describe('a HorizontalPodAutoscaler', () => {
  test.each<[string, (number | undefined)[], number, number]>([
    ['takes as many as the sum needs', [340], 3, 4],
    ['changes nothing for less than a tenth too many', [329], 3, 3],
    ['changes nothing for less than a tenth too few', [271], 3, 3],
    ['adds four pods to one at most', [9_000], 1, 5],
    ['doubles five at most', [9_000], 5, 10],
    ['changes nothing when it cannot have the metric', [undefined], 3, 3],
    ['takes the greatest proposal', [340, 700], 3, 7],
    ['goes up although one of two cannot be had', [undefined, 700], 3, 7],
    ['does not go down when one of two cannot be had', [undefined, 100], 3, 3],
    ['goes down at once when it never wanted more', [100], 3, 1],
  ])('%s', (_, values, replicas, next) => {
    const metrics = values.map((value): HpaMetric => ({ value, averageValue: 100 }))
    expect(new Hpa(1, 20).sync(metrics, replicas, 0)).toBe(next)
  })

  test('goes down to the most that it wanted within five minutes', () => {
    const hpa = new Hpa(1, MAX_REPLICAS)
    const sync = (value: number, replicas: number, now: number) =>
      hpa.sync([{ value, averageValue: 100 }], replicas, now)
    expect(sync(600, 4, 0)).toBe(6)
    expect(sync(300, 6, 15)).toBe(6)
    expect(sync(100, 6, 285)).toBe(6)
    expect(sync(100, 6, 300)).toBe(3)
    expect(sync(100, 3, 315)).toBe(1)
  })

  test('adds no more within fifteen seconds than its policies allow', () => {
    const hpa = new Hpa(1, 20)
    const sync = (replicas: number, now: number) => hpa.sync([{ value: 9_000, averageValue: 100 }], replicas, now)
    expect(sync(1, 0)).toBe(5)
    expect(sync(5, 10)).toBe(5)
    expect(sync(5, 15)).toBe(10)
  })
})

describe('KEDA', () => {
  const settings = {
    pollingSeconds: 30,
    cooldownSeconds: 300,
    lagCount: 100,
    isSummed: true,
    maxReplicas: MAX_REPLICAS,
  }

  test.each<[string, Partial<Sight>[], number, number]>([
    ['starts one for one entry', [{ lag: 1 }], 0, 1],
    ['starts one however many entries wait', [{ lag: 9_000 }], 0, 1],
    ['starts none for an entry whose lag is nil', [{ lag: undefined, undelivered: 9 }], 0, 0],
    ['starts none for pending entries', [{ pending: 9 }], 0, 0],
    ['leaves the rest to its autoscaler', [{ lag: 400 }], 1, 4],
    ['adds its triggers up by a formula', [{ lag: 200 }, { lag: 200 }], 1, 4],
  ])('%s', (_, sights, replicas, next) => {
    expect(keda('KEDA', settings).decide(viewOf(30, sights), replicas)).toBe(next)
  })

  test('takes the greatest of its triggers without a formula', () => {
    const scaler = keda('KEDA', { ...settings, isSummed: false })
    expect(scaler.decide(viewOf(30, [{ lag: 200 }, { lag: 200 }]), 1)).toBe(2)
  })

  test('polls every 30 s', () => {
    expect(keda('KEDA', settings).decide(viewOf(45, [{ lag: 1 }]), 0)).toBe(0)
  })

  test('goes to none five minutes after it was active', () => {
    const scaler = keda('KEDA', settings)
    expect(scaler.decide(viewOf(30, [{ lag: 1 }]), 1)).toBe(1)
    expect(scaler.decide(viewOf(330, [{ lag: 0 }]), 1)).toBe(1)
    expect(scaler.decide(viewOf(360, [{ lag: 0 }]), 1)).toBe(0)
  })

  test('takes workers away while data waits whose lag is nil', () => {
    const scaler = keda('KEDA', settings)
    scaler.decide(viewOf(30, [{ lag: 400 }]), 4)
    expect(scaler.decide(viewOf(345, [{ lag: undefined, undelivered: 9_000 }]), 4)).toBe(1)
    expect(scaler.decide(viewOf(360, [{ lag: undefined, undelivered: 9_000 }]), 1)).toBe(0)
  })
})

describe('Numaflow', () => {
  test.each<[string, { rate: number; pending: number | undefined; ready: number; target: number }, number]>([
    ['computes as in its specification', { rate: 10_000, pending: 60_000, ready: 2, target: 3 }, 4],
    ['wants one while anything is done', { rate: 10, pending: 1, ready: 3, target: 20 }, 1],
    ['wants no more than are pending', { rate: 0.1, pending: 3, ready: 2, target: 20 }, 3],
    ['wants none when nothing is done and nothing is pending', { rate: 0, pending: 0, ready: 2, target: 20 }, 0],
    [
      'changes nothing when nothing is done and something is pending',
      { rate: 0, pending: 9_000, ready: 2, target: 20 },
      5,
    ],
    ['changes nothing when it cannot know what is pending', { rate: 9, pending: undefined, ready: 2, target: 20 }, 5],
  ])('%s', (_, { rate, pending, ready, target }, wanted) => {
    expect(wantedReplicas(rate, pending, ready, 5, { targetProcessingSeconds: target })).toBe(wanted)
  })

  test('starts one to see whether there is anything, two minutes after it went to none', () => {
    const scaler = numaflow('Numaflow', {
      lookbackSeconds: 120,
      targetProcessingSeconds: 20,
      cooldownSeconds: 90,
      replicasPerScale: 2,
      zeroReplicaSleepSeconds: 120,
      maxReplicas: MAX_REPLICAS,
    })
    expect(scaler.decide(viewOf(30, [{}], 1), 1)).toBe(0)
    expect(scaler.decide(viewOf(120, [{ lag: 9 }]), 0)).toBe(0)
    expect(scaler.decide(viewOf(150, [{ lag: 9 }]), 0)).toBe(1)
  })
})

type Sight = ReturnType<View['look']>[number]

function viewOf(now: number, sights: readonly Partial<Sight>[], ready = 0): View {
  const nothing = {
    stream: 'orders',
    arrived: 0,
    undelivered: 0,
    pending: 0,
    lag: 0,
    oldestSecond: undefined,
    nextSecond: undefined,
  }
  return {
    now,
    ready: Array.from({ length: ready }, (_, i) => ({
      name: `worker-${i}`,
      readyAt: 0,
      goneAt: undefined,
      busySeconds: 0,
      entriesDone: 0,
      fullMs: undefined,
    })),
    owners: [],
    doneAt: 0,
    look: () => sights.map((sight) => ({ ...nothing, ...sight })),
  }
}
