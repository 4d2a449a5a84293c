import type { CompositeSettings, CompositeStrategy } from '../../core/composite/composite-settings.ts'
import { numberOf } from '../support/number-of.ts'
import { type BoundsReport, brokenBounds, reportLines } from './bounds-report.ts'
import { PLAYED, play } from './play.ts'
import { simulate } from './simulate.ts'

// `make composite-bounds`: how close together composites come, and how old they get, first in counted time, then in real time.

const MINUTES = 10
const HOURS = 5
const MOST_SEEDS = 1_000_000

const STRATEGIES: readonly CompositeStrategy[] = ['TimeBased', 'EventBased', 'Hybrid', 'Background']

/** The defaults, and the closest to each other that the margin lets pass. */
const BOUNDS = [
  { minIntervalMs: 10_000, maxStaleMs: 30_000, eventThreshold: 100 },
  { minIntervalMs: 10_000, maxStaleMs: 24_000, eventThreshold: 100 },
]

const minutes = numberOf('MINUTES', MINUTES)
const seed = Math.floor(numberOf('SEED', Math.random() * MOST_SEEDS))

say(`SEED=${seed}`)
for (const bounds of BOUNDS) {
  say(`\n${HOURS} hours of counted time for each strategy, 16 workers: ${inWords(bounds)}`)
  const all = STRATEGIES.map((strategy) => ({ ...bounds, strategy }))
  report(
    all.map((settings) => simulate({ settings, seed, hours: HOURS })),
    bounds,
  )
}
if (minutes > 0) {
  say(`\n${minutes} minutes of worker processes on real servers: ${inWords(PLAYED)}`)
  const reports: BoundsReport[] = []
  for (const strategy of STRATEGIES) {
    const beganAt = performance.now()
    const tell = (fault: string) =>
      say(`  ${strategy} ${((performance.now() - beganAt) / 1_000).toFixed(0).padStart(4)} s  ${fault}`)
    reports.push(await play(strategy, seed, minutes / STRATEGIES.length, tell))
  }
  report(reports, PLAYED)
}

function report(
  reports: readonly BoundsReport[],
  bounds: Pick<CompositeSettings, 'minIntervalMs' | 'maxStaleMs'>,
): void {
  for (const line of reportLines(reports)) say(line)
  for (const seen of reports)
    for (const broken of brokenBounds(seen, bounds)) {
      say(`BROKEN, ${seen.strategy}: ${broken}`)
      process.exitCode = 1
    }
}

function inWords({ minIntervalMs, maxStaleMs }: Pick<CompositeSettings, 'minIntervalMs' | 'maxStaleMs'>): string {
  return `at least ${minIntervalMs / 1_000} s apart, at most ${maxStaleMs / 1_000} s old`
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
