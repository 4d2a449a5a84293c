import { describe, expect, test } from 'vitest'
import type { CompositeSettings, CompositeStrategy } from '../../core/composite/composite-settings.ts'
import { gateRules } from '../../core/composite/gate-rules.ts'
import { STALENESS_MARGIN_MS } from '../../core/composite/margin.ts'
import { brokenBounds } from '../composite-bounds/bounds-report.ts'
import { type SimulationOptions, simulate } from '../composite-bounds/simulate.ts'

const HYBRID: CompositeSettings = {
  strategy: 'Hybrid',
  minIntervalMs: 10_000,
  maxStaleMs: 10_000 + STALENESS_MARGIN_MS,
  eventThreshold: 100,
}

const STRATEGIES: readonly CompositeStrategy[] = ['TimeBased', 'EventBased', 'Hybrid', 'Background']

const broken = (options: Omit<SimulationOptions, 'hours'>) =>
  brokenBounds(simulate({ ...options, hours: 1 }), options.settings)

describe('sixteen workers on modelled servers', () => {
  test('do the same for the same seed', () => {
    expect(simulate({ settings: HYBRID, seed: 1, hours: 1 })).toEqual(simulate({ settings: HYBRID, seed: 1, hours: 1 }))
  })

  test.each(STRATEGIES)('keep both bounds through every fault, with no second to spare: %s', (strategy) => {
    const first = Math.floor(Math.random() * 2 ** 30)
    for (let seed = first; seed < first + 3; seed += 1)
      expect(broken({ settings: { ...HYBRID, strategy }, seed }), `seed ${seed}`).toEqual([])
  })

  test('commit as often as each strategy says, in an hour without faults to speak of', () => {
    const commits = (strategy: CompositeStrategy) =>
      simulate({ settings: { ...HYBRID, maxStaleMs: 54_000, strategy }, seed: 7, hours: 1 }).commits
    expect(commits('TimeBased')).toBeGreaterThan(330) // every 10 s
    expect(commits('Background')).toBeGreaterThan(85) // every 40 s
    expect(commits('Background')).toBeLessThan(110)
    expect(commits('Hybrid')).toBeGreaterThan(commits('EventBased'))
    expect(commits('Hybrid')).toBeLessThan(commits('TimeBased'))
  })

  test.each<[string, Omit<SimulationOptions, 'seed' | 'hours'>]>([
    ['a referee who does not look at the time', { settings: HYBRID, refereedIntervalMs: 0 }],
    [
      'a gate that falls due only when the result is too old',
      { settings: HYBRID, rules: { ...gateRules(HYBRID), staleAfterMs: HYBRID.maxStaleMs } },
    ],
    [
      'a lease that outlasts the margin',
      { settings: HYBRID, rules: { ...gateRules(HYBRID), leaseMs: STALENESS_MARGIN_MS } },
    ],
  ])('find it out: %s', (_mistake, options) => {
    const seeds = Array.from({ length: 20 }, (_, seed) => seed)
    expect(seeds.some((seed) => broken({ ...options, seed }).length > 0)).toBe(true)
  })
})
