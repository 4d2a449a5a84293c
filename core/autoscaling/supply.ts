import { type Demand, demandOf } from './demand.ts'
import { workersFor } from './parallelism.ts'
import { fitted, type Room } from './room.ts'
import type { Workload } from './sight.ts'
import type { Situation } from './situation.ts'
import { startsInMs } from './start-up.ts'

/** Entries a second that one worker brings beside others; undefined until one has worked. */
export function perWorkerIn({ memory: { capacity } }: Situation): number | undefined {
  return capacity.perWorker === null ? undefined : capacity.perWorker * capacity.share
}

/** What the load asks for if one worker brings so much. */
export function demandAt(situation: Situation, work: Workload, perWorker: number): Demand {
  const { input, memory } = situation
  const supply = {
    perWorker,
    ready: input.fleet.ready,
    startMs: startsInMs(memory, input.nowMs),
    shards: input.ceilings.shards,
    steadyArrivals: memory.steadyArrivals ?? work.arrivalsPerSecond ?? 0,
  }
  return demandOf(work, supply, input.settings.targetLatencyMs)
}

/** The whole workers that the load asks for, as far as there is room for them. */
export function targetOf({ useful }: Demand, room: Room): number {
  return fitted(room, workersFor(useful, room.shards))
}
