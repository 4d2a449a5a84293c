import { type Load, TARGET_LATENCY_SECONDS } from './load.ts'
import type { Scaler } from './scalers/scaler.ts'
import { World } from './world/world.ts'

export interface Change {
  readonly second: number
  readonly from: number
  readonly to: number
}

export interface Outcome {
  readonly violatedSeconds: number
  /** Of every pod from being asked for to being gone. */
  readonly replicaHours: number
  readonly changes: readonly Change[]
  /** Those taken back within five minutes. */
  readonly wastedChanges: number
  /** For plots: at the end of each second. */
  readonly ages: readonly number[]
}

/** One scaler under one load. The same seed always gives the same. */
export function runLoad(load: Load, scaler: Scaler, seed: number): Outcome {
  const world = new World(load, seed)
  const ages: number[] = []
  const changes: Change[] = []
  let replicas = 1
  let podSeconds = 0
  for (let second = 0; second < load.seconds; second += 1) {
    world.step(second)
    ages.push(world.oldestAgeSeconds)
    podSeconds += world.pods.length
    const wanted = scaler.decide(world, replicas)
    if (wanted === replicas) continue
    changes.push({ second, from: replicas, to: wanted })
    world.scaleTo(wanted)
    replicas = wanted
  }
  return {
    violatedSeconds: ages.filter((age) => age > TARGET_LATENCY_SECONDS).length,
    replicaHours: podSeconds / 3_600,
    changes,
    wastedChanges: changes.filter((change, i) => isTakenBack(change, changes[i + 1])).length,
    ages,
  }
}

const TAKEN_BACK_SECONDS = 300

function isTakenBack(change: Change, next: Change | undefined): boolean {
  if (next === undefined || next.second - change.second > TAKEN_BACK_SECONDS) return false
  return Math.sign(next.to - next.from) !== Math.sign(change.to - change.from)
}
