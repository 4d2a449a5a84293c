import { expect, test } from 'vitest'
import { decideReplicas } from '../../../../core/autoscaling/decide-replicas.ts'
import { inheritMemory, type ScalingMemory } from '../../../../core/autoscaling/scaling-memory.ts'
import { asked, type Change, DRAINED, NOW } from './asked.ts'

/** Decides every five seconds, without changes in between, until the number changes. */
function firstChange(
  memory: ScalingMemory,
  change: Change,
  most: number,
): { afterMs: number; replicas: number } | undefined {
  let known = memory
  for (let afterMs = 0; afterMs <= most; afterMs += 5_000) {
    const { decision, memory } = decideReplicas({ ...asked({ ...change, nowMs: NOW + afterMs }), memory: known })
    if (decision!.replicas !== 2) return { afterMs, replicas: decision!.replicas }
    known = memory
  }
  return undefined
}

test('a successor takes no step down before it has watched a whole window', () => {
  const change = firstChange(inheritMemory({ capacityPerWorker: 1_000 }), { load: { arrivalsPerSecond: 100 } }, 600_000)
  expect(change).toEqual({ afterMs: 150_000, replicas: 1 })
})

test('a successor sees for itself that there is nothing to do: while nobody decided something may have come and been done', () => {
  const idle = { ...DRAINED, settings: { idleAfterMs: 100_000 } }
  expect(firstChange(inheritMemory({}), idle, 600_000)).toEqual({ afterMs: 100_000, replicas: 0 })
})

test('a successor does not know what a worker can do where its predecessor wrote that it is nothing', () => {
  expect(inheritMemory({ capacityPerWorker: 0 })).toEqual(inheritMemory({}))
})
