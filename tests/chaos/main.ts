import { numberOf } from '../support/number-of.ts'
import { planRound } from './plan-round.ts'
import { playRound } from './play-round.ts'

// `make chaos`: faults at random over worker processes on real servers, round after round, each with the next seed.

const MINUTES = 10
const MINUTE_MS = 60_000
const MOST_SEEDS = 1_000_000

const minutes = numberOf('MINUTES', MINUTES)
const firstSeed = Math.floor(numberOf('SEED', Math.random() * MOST_SEEDS))
const beganAt = performance.now()

say(`${minutes} minutes of chaos, SEED=${firstSeed}`)
for (let round = 1; performance.now() - beganAt < minutes * MINUTE_MS; round += 1) {
  const plan = planRound(firstSeed + round - 1)
  const roundBeganAt = performance.now()
  const seconds = () => ((performance.now() - roundBeganAt) / 1_000).toFixed(1)
  const told: string[] = []
  const { orders, broken, logs } = await playRound(plan, (fault) => told.push(`  ${seconds().padStart(6)} s  ${fault}`))
  const what = `round ${round}, seed ${plan.seed}: ${plan.workers} workers, ${plan.shards} shards, ${told.length} faults, ${orders.toLocaleString('en')} orders, ${seconds()} s`
  if (broken === undefined) {
    say(`${what}: each order counts once`)
    continue
  }
  say(`${what}: BROKEN`)
  for (const line of told) say(line)
  say(broken instanceof Error ? (broken.stack ?? broken.message) : String(broken))
  say(`logs of the workers: ${logs}\nthe same faults again: make chaos MINUTES=1 SEED=${plan.seed}`)
  process.exitCode = 1
  break
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
