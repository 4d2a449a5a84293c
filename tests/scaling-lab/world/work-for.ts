import { learnFullMs, worthMs } from '../../../core/load/batch-worth.ts'
import type { Pod } from './fleet.ts'
import type { Shard } from './shard.ts'

/** Entries that a worker takes at once. */
export const BATCH_SIZE = 1_000

/** What a batch takes, however few its entries. */
const BATCH_SECONDS = 0.005

/** Full ones are no more in a second; from small ones a meter learns nothing by their number. */
const TELLING_BATCHES = 20

/** A second of one worker's work on its shards; `speed`: entries that it gets done when its batches are full. */
export function workFor(pod: Pod, shards: readonly Shard[], speed: number): void {
  const entries = finishEvenly(shards, Math.floor(speed))
  pod.entriesDone += entries
  if (entries > 0) pod.busySeconds += busyShare(pod, entries, speed)
}

/**
 * The part of a second that counts as busy. A worker reads again at once: its batches are what came while it did the one before, and a few hundred
 * entries a second keep it busy all the time. Its meter counts them by how full they are.
 */
function busyShare(pod: Pod, entries: number, speed: number): number {
  const secondsEach = 1 / speed - BATCH_SECONDS / BATCH_SIZE
  const spare = 1 - entries * secondsEach
  const isFull = spare * BATCH_SIZE <= entries * BATCH_SECONDS
  const size = isFull ? BATCH_SIZE : Math.max(1, (entries * BATCH_SECONDS) / spare)
  const batch = { ms: (BATCH_SECONDS + size * secondsEach) * 1_000, fill: size / BATCH_SIZE }
  const batches = entries / size
  for (let i = 0; i < Math.min(batches, TELLING_BATCHES); i += 1) pod.fullMs = learnFullMs(pod.fullMs, batch)
  return Math.min(1, (batches * worthMs(batch, pod.fullMs)) / 1_000)
}

/** One read serves all shards of a worker: what one leaves of its part, the others take. */
function finishEvenly(shards: readonly Shard[], entries: number): number {
  let left = entries
  const fullestLast = [...shards].sort((a, b) => a.backlog - b.backlog)
  fullestLast.forEach((shard, i) => {
    left -= shard.finish(Math.floor(left / (shards.length - i)))
  })
  return entries - left
}
