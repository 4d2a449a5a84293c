import type { DemoLoad, DemoOptions } from '../../cli/demo/demo-load.ts'
import { liveEvents } from './live-events.ts'
import { createPopulation } from './population.ts'

const SEED = 7
const TUTORS = 300
const DAYS = 90

/** Something is always wrong with somebody's events. */
const POISON_SHARE = 0.002

/** What `make demo` plays: ninety days of a few hundred tutors, then what happens now. */
export function createDemoLoad({ now, eventsPerSecond }: DemoOptions): DemoLoad {
  const population = { seed: SEED, tutors: TUTORS, days: DAYS, endAt: now }
  return {
    summary: `${TUTORS} tutors over ${DAYS} days`,
    history: createPopulation(population),
    pace: undefined,
    live: (from) => liveEvents(population, { from, eventsPerSecond, poisonShare: POISON_SHARE }),
  }
}
