import { expect } from 'vitest'
import { eventually } from '../support/eventually.ts'
import type { OrderProducer } from '../support/order-producer.ts'
import type { WorkerFleet } from '../support/worker-fleet.ts'

/** Of one fleet, one after the other: all there may be, one, none, and some again. */
export const COURSE: readonly number[] = [1, 8, 1, 0, 3]

/** Several processes start at once, on a machine with two cores. */
const SHARED_WITHIN_MS = 120_000

const ORDERS_FOR_EACH = 300

/** Has as many workers as that, each with its share; while they work some hundred orders come. Those that have been there for longest go. */
export async function rescale(fleet: WorkerFleet, producer: OrderProducer, workers: number): Promise<void> {
  const running = fleet.workers.filter((worker) => worker.running)
  const leaving = running.slice(0, Math.max(0, running.length - workers))
  expect(await Promise.all(leaving.map((worker) => worker.stop()))).toEqual(leaving.map(() => 0))
  const first = fleet.workers.length
  const coming = Array.from({ length: Math.max(0, workers - running.length) }, (_, i) => `worker-${first + i}`)
  await Promise.all(coming.map((name) => fleet.start(name)))
  const shards = fleet.shops.pipeline.settings.streams.length
  const isShared = async () => expect(Object.values(await fleet.shares()).sort()).toEqual(sharesOf(shards, workers))
  await eventually(isShared, { withinMs: SHARED_WITHIN_MS })
  if (workers === 0) expect(await fleet.pending()).toBe(0)
  await producer.flowsOn(ORDERS_FOR_EACH)
}

/** As even as can be, the fewest first. */
function sharesOf(shards: number, workers: number): readonly number[] {
  return Array.from({ length: workers }, (_, i) => Math.floor((shards + i) / workers))
}
