import { expect, test } from 'vitest'
import {
  CALCULATION_BUDGET_MS,
  COMPOSITE_LEASE_MS,
  fitsMargin,
  STALENESS_MARGIN_MS,
  staleAfterMs,
  TICK_MS,
  tickMs,
} from '../../../../core/composite/margin.ts'

test('a result is replaced early enough for a tick, the lease of one who dies, and two calculations', () => {
  expect(staleAfterMs({ maxStaleMs: 30_000 })).toBe(30_000 - TICK_MS - COMPOSITE_LEASE_MS - 2 * CALCULATION_BUDGET_MS)
})

test('a calculation ends while its worker has the lease', () => {
  expect(CALCULATION_BUDGET_MS).toBeLessThan(COMPOSITE_LEASE_MS)
})

test.each([
  ['both bounds fit with nothing to spare', STALENESS_MARGIN_MS + 10_000, true],
  ['a shortest interval that reaches into the margin does not', STALENESS_MARGIN_MS + 9_999, false],
])('%s', (_sentence, maxStaleMs, fits) => {
  expect(fitsMargin({ minIntervalMs: 10_000, maxStaleMs })).toBe(fits)
})

test('ticks are never longer than promised, and never the same for all', () => {
  expect(tickMs(0)).toBeGreaterThanOrEqual(TICK_MS / 2)
  expect(tickMs(1)).toBeLessThan(TICK_MS)
  expect(tickMs(0.2)).not.toBe(tickMs(0.3))
})
