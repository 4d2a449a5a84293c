import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { contest, type Result } from './contest.ts'
import { LOADS } from './loads.ts'
import { autoscalingPage, PAGE } from './report/autoscaling-page.ts'
import { PLOTS, plotsOf } from './report/plots.ts'
import type { Outcome } from './run-load.ts'
import { EXTERNAL, OURS, SCALERS, SEED } from './scalers.ts'

const results = contest(LOADS, SCALERS, SEED)
const names = [...(results[0]?.outcomes.keys() ?? [])]
const tuned = names.filter((name) => name.endsWith('tuned'))
const peers = names.filter((name) => name !== OURS && name !== EXTERNAL)

/** Whatever constant is changed moves some hours. */
const A_LITTLE_MORE = 1.02

describe('over all loads', () => {
  test.each(tuned)('the target is missed for fewer seconds than with %s, with no more replica-hours', (peer) => {
    expect(violatedSeconds(OURS)).toBeLessThan(violatedSeconds(peer) / 2)
    expect(replicaHours(OURS)).toBeLessThan(replicaHours(peer) * A_LITTLE_MORE)
  })

  test.each(peers)('%s does not miss it for fewer seconds with as few replica-hours', (peer) => {
    const isBetter = violatedSeconds(peer) < violatedSeconds(OURS) && replicaHours(peer) <= replicaHours(OURS)
    expect(isBetter).toBe(false)
  })

  test.each(tuned)('fewer changes are taken back than with %s', (peer) => {
    expect(sum(OURS, 'wastedChanges')).toBeLessThan(sum(peer, 'wastedChanges'))
  })
})

test('a day of constant load takes two changes at most', () => {
  expect(outcomeOf('constant').changes.length).toBeLessThanOrEqual(2)
  expect(outcomeOf('constant').violatedSeconds).toBe(0)
})

test.each(['step', 'ramp', 'daily wave', 'spike train', 'lag unknown'])('the target is never missed: %s', (load) => {
  expect(outcomeOf(load).violatedSeconds).toBe(0)
})

test.each(['poison', 'slow database', 'dead shard'])(
  'the target is missed no longer than with all that may be: %s',
  (load) => {
    expect(outcomeOf(load).violatedSeconds).toBeLessThanOrEqual(outcomeOf(load, `always 8`).violatedSeconds + 30)
  },
)

test('when a shard goes on again there are as few workers as before', () => {
  const { changes } = outcomeOf('dead shard')
  expect(changes.at(-1)?.to).toBe(3)
})

test('the page says what the laboratory finds: make scaling-lab', () => {
  const page = readFileSync(PAGE, 'utf8')
  expect(page).toBe(autoscalingPage(page, results))
  for (const [name, plot] of plotsOf(results)) expect(readFileSync(`${PLOTS}/${name}`, 'utf8')).toBe(plot)
})

function outcomeOf(load: string, scaler = OURS): Outcome {
  const outcome = results.find((result) => result.load.name === load)?.outcomes.get(scaler)
  if (outcome === undefined) throw new Error(`${scaler} was not run under ${load}`)
  return outcome
}

function violatedSeconds(scaler: string): number {
  return sum(scaler, 'violatedSeconds')
}

function replicaHours(scaler: string): number {
  return sum(scaler, 'replicaHours')
}

function sum(scaler: string, of: 'violatedSeconds' | 'replicaHours' | 'wastedChanges'): number {
  return results.reduce((total: number, { outcomes }: Result) => total + (outcomes.get(scaler)?.[of] ?? 0), 0)
}
