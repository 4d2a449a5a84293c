import type { Workload } from './sight.ts'

/** In workers, as a fraction: how many it takes. */
export interface Demand {
  /** If work could be divided at will. */
  readonly workers: number
  /** As it lies in the shards: what waits in one of them keeps one worker busy, however much it is. */
  readonly useful: number
  /** The same while nothing is behind yet: a moment's peak has room in the workers' spare time. */
  readonly pressing: number
  /** Whether it is what waits that asks for them, and not what comes in. */
  readonly isBacklog: boolean
}

export interface Supply {
  /** Entries a second that one worker brings. */
  readonly perWorker: number
  readonly ready: number
  /** Until others that were asked for, or are asked for now, get something done. */
  readonly startMs: number
  /** Undefined for a source that is not sharded. */
  readonly shards: number | undefined
  /** What came in over the last minute, entries a second. */
  readonly steadyArrivals: number
}

/** Workers that are busier than this have no room for an uneven moment. An entry may wait for seconds, so that it need not be much. */
export const BUSY_SHARE = 0.9

/** What may be missing before it counts, and what must be spare before a worker goes. */
export const TOLERANCE = 0.05

/**
 * Enough workers keep up with what comes in at nine tenths of their time, and have done what waits before it is older than the target.
 * While there are too few, what comes in until more are ready waits as well.
 */
export function demandOf(work: Workload, supply: Supply, targetMs: number): Demand {
  const { perWorker, ready, shards } = supply
  const arrivals = work.arrivalsPerSecond ?? 0
  const keepUp = arrivals / BUSY_SHARE
  const keepUpSteadily = Math.min(arrivals, supply.steadyArrivals) / BUSY_SHARE
  const atOnce = Math.max(keepUpSteadily, arrivals + inTime(work.backlog, targetMs, 0))
  const startMs = atOnce <= ready * perWorker * (1 + TOLERANCE) ? 0 : supply.startMs
  const waiting = inTime(work.backlog, targetMs, startMs)
  const excess = Math.max(0, arrivals - ready * perWorker)
  const coming = inTime((excess * startMs) / 1_000, targetMs, startMs)
  const inShards = (keepUp: number) => {
    const isBehind = arrivals + coming + waiting > keepUp
    const even = (isBehind ? arrivals + coming : keepUp) / perWorker
    const lying = isBehind ? waiting / perWorker : 0
    return shards === undefined ? even + lying : divided(work, { even, lying, shards })
  }
  return {
    workers: Math.max(keepUp, arrivals + coming + waiting) / perWorker,
    useful: inShards(keepUp),
    pressing: inShards(keepUpSteadily),
    isBacklog: arrivals + coming + waiting > keepUp && waiting > coming,
  }
}

/** However long workers take to start, they get this much of the target to do what waits. */
const LEAST_OF_TARGET = 1 / 3

/** Entries a second with which so many are done before they are older than the target. */
function inTime(entries: number, targetMs: number, startMs: number): number {
  return (entries * 1_000) / Math.max(targetMs * LEAST_OF_TARGET, targetMs - startMs)
}

interface Parts {
  readonly even: number
  readonly lying: number
  readonly shards: number
}

/** What comes in is spread over the shards, what waits lies where it lies, and no shard needs more than one worker. */
function divided({ backlog, streams }: Workload, { even, lying, shards }: Parts): number {
  const of = (waiting: number) => Math.min(1, even / shards + (backlog === 0 ? 0 : (lying * waiting) / backlog))
  const unlisted = Math.max(0, shards - streams.length)
  return streams.reduce((sum, stream) => sum + of(stream.backlog), unlisted * of(0))
}
