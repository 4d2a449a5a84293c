import type { CompositeSettings } from '../../core/composite/composite-settings.ts'
import { type GateRules, gateRules } from '../../core/composite/gate-rules.ts'
import { Random } from '../simulation/world/random.ts'
import type { BoundsReport } from './bounds-report.ts'
import { FAULTS } from './modelled-faults.ts'
import { ModelledPostgres, ModelledRedis, type Standing } from './modelled-servers.ts'
import { ModelledWorker } from './modelled-worker.ts'
import { Timeline } from './timeline.ts'

export interface SimulationOptions {
  readonly settings: CompositeSettings
  readonly seed: number
  readonly hours: number
  /** What the gate goes by, where that is not what the settings ask for. */
  readonly rules?: GateRules
  /** What PostgreSQL refuses by, likewise. */
  readonly refereedIntervalMs?: number
}

const WORKERS = 16
const HOUR_MS = 3_600_000

/** No two faults within the greatest age of a result: the promise is about one at a time. */
const SHORTEST_PEACE_MS = 40_000
const LONGEST_PEACE_MS = 90_000

/** How often the flow of events changes, and to what, for each worker. */
const FLOW_CHANGES_MS = 120_000
const FLOWS_PER_SECOND = [0, 0, 0.02, 1, 120]

/** Hours of a fleet in counted time, on modelled servers, one fault after the other. The same for the same seed. */
export function simulate({ settings, seed, hours, ...given }: SimulationOptions): BoundsReport {
  const timeline = new Timeline()
  const random = new Random(seed)
  const now = () => timeline.now
  const excuses: { readonly from: number; readonly to: number }[] = []
  const counts = { granted: 0, committed: 0, refused: 0, lost: 0, failed: 0 }
  const seen = { results: 0, minGapMs: Number.POSITIVE_INFINITY, maxAgeMs: 0, maxOverMs: 0, faults: 0 }

  const lookAtAge = (asOf: number) => {
    const age = timeline.now - asOf
    const excused = excuses.reduce(
      (sum, { from, to }) => sum + Math.max(0, Math.min(to, timeline.now) - Math.max(from, asOf)),
      0,
    )
    seen.maxAgeMs = Math.max(seen.maxAgeMs, age - excused)
    seen.maxOverMs = Math.max(seen.maxOverMs, age)
  }
  const onStored = (stored: Standing, former: Standing | undefined) => {
    seen.results += 1
    if (former === undefined) return
    seen.minGapMs = Math.min(seen.minGapMs, stored.committedAt - former.committedAt)
    lookAtAge(former.asOf)
  }
  const redis = new ModelledRedis(now, given.rules ?? gateRules(settings))
  const postgres = new ModelledPostgres(now, given.refereedIntervalMs ?? settings.minIntervalMs, onStored)
  const calculations: (number | undefined)[] = []
  const surroundings = {
    timeline,
    random,
    redis,
    postgres,
    eventsSince: (ms: number) => eventsIn(ms, flowAt(seed, timeline.now), random),
    calculationMs: () => (calculations.length > 0 ? calculations.shift() : random.between(5, 200)),
    count: (outcome: keyof typeof counts) => (counts[outcome] += 1),
  }
  const workers: ModelledWorker[] = []
  let hired = 0
  const hire = () => void workers.push(new ModelledWorker(`worker-${(hired += 1)}`, surroundings))
  for (let worker = 0; worker < WORKERS; worker += 1) hire()

  const strike = () => {
    seen.faults += 1
    for (const gone of workers.filter(({ isDead }) => isDead)) workers.splice(workers.indexOf(gone), 1)
    const fault = FAULTS[random.pick(Object.keys(FAULTS))]
    fault?.({
      timeline,
      random,
      redis,
      postgres,
      workers,
      hire,
      calculations,
      excuse: (from, to) => excuses.push({ from, to }),
    })
    timeline.at(timeline.now + random.between(SHORTEST_PEACE_MS, LONGEST_PEACE_MS), strike)
  }
  timeline.at(SHORTEST_PEACE_MS, strike)
  timeline.runUntil(hours * HOUR_MS)
  if (postgres.standing !== undefined) lookAtAge(postgres.standing.asOf)
  return {
    strategy: settings.strategy,
    seconds: (hours * HOUR_MS) / 1_000,
    faults: seen.faults,
    commits: seen.results,
    refusals: counts.refused,
    lost: counts.lost,
    failed: counts.failed,
    minGapMs: seen.minGapMs,
    maxAgeMs: seen.maxAgeMs,
    longestMs: seen.maxOverMs,
  }
}

function flowAt(seed: number, now: number): number {
  return new Random(seed * 1_000 + Math.floor(now / FLOW_CHANGES_MS)).pick(FLOWS_PER_SECOND)
}

/** A whole number; chance decides about the rest. */
function eventsIn(ms: number, perSecond: number, random: Random): number {
  const exact = (ms / 1_000) * perSecond
  return Math.floor(exact) + (random.fraction() < exact % 1 ? 1 : 0)
}
