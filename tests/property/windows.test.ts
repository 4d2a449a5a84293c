import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { floorUtcDay, type Instant, MICROS_PER_DAY } from '../../core/time/instant.ts'
import {
  entersWindowAt,
  isInWindow,
  leavesWindowAt,
  type WindowAlignment,
  windowStart,
} from '../../core/time/window.ts'

const YEAR = 366 * MICROS_PER_DAY

const instant: fc.Arbitrary<Instant> = fc.oneof(
  fc.integer({ min: -70 * YEAR, max: 200 * YEAR }),
  fc
    .tuple(fc.integer({ min: -25_000, max: 80_000 }), fc.integer({ min: -1, max: 1 }))
    .map(([days, micros]) => days * MICROS_PER_DAY + micros),
)

const days = fc.integer({ min: 1, max: 400 })

const alignment = fc.constantFrom<WindowAlignment>('UtcDay', 'Sliding')

const law = (check: (at: Instant, days: number, alignment: WindowAlignment, other: number) => void) =>
  fc.assert(fc.property(instant, days, alignment, fc.nat({ max: 400 }), check), { numRuns: 1_000 })

describe('windows', () => {
  test('hold exactly what lies from their start up to the as-of', () => {
    law((asOf, length, aligned, back) => {
      const start = windowStart(asOf, length, aligned)
      for (const at of [start - 1, start, asOf - 1, asOf, asOf - back * MICROS_PER_DAY])
        expect(isInWindow(at, asOf, length, aligned)).toBe(at >= start && at < asOf)
    })
  })

  test('never move back', () => {
    law((asOf, length, aligned, later) => {
      expect(windowStart(asOf + later * later, length, aligned)).toBeGreaterThanOrEqual(
        windowStart(asOf, length, aligned),
      )
    })
  })

  test('lie in each longer one', () => {
    law((asOf, length, aligned, more) => {
      expect(windowStart(asOf, length + more, aligned)).toBeLessThanOrEqual(windowStart(asOf, length, aligned))
    })
  })

  test('are as long as they say, whole days from a midnight on', () => {
    law((asOf, length) => {
      const [aligned, sliding] = [windowStart(asOf, length, 'UtcDay'), windowStart(asOf, length, 'Sliding')]
      expect(aligned).toBe(floorUtcDay(aligned))
      expect(asOf - sliding).toBe(length * MICROS_PER_DAY)
      expect(sliding - aligned).toBe(asOf - floorUtcDay(asOf)) // today, as far as it has come
    })
  })

  test('of both alignments are one at midnight', () => {
    law((asOf, length) => {
      const midnight = floorUtcDay(asOf)
      expect(windowStart(midnight, length, 'UtcDay')).toBe(windowStart(midnight, length, 'Sliding'))
    })
  })

  test('are shifted by a day from one day to the next', () => {
    law((asOf, length, aligned, shift) => {
      const later = shift * MICROS_PER_DAY
      expect(windowStart(asOf + later, length, aligned)).toBe(windowStart(asOf, length, aligned) + later)
    })
  })
})

describe('a fact', () => {
  test('is in a window from when it enters until it leaves, and at no other instant', () => {
    law((at, length, aligned, later) => {
      const [enters, leaves] = [entersWindowAt(at), leavesWindowAt(at, length, aligned)]
      const between = enters + Math.floor(((leaves - 1 - enters) * later) / 400)
      expect(
        [enters - 1, enters, between, leaves - 1, leaves, leaves + later].map((asOf) =>
          isInWindow(at, asOf, length, aligned),
        ),
      ).toEqual([false, true, true, true, false, false])
    })
  })

  test('leaves aligned windows at midnight, and no sooner than sliding ones', () => {
    law((at, length) => {
      const leaves = leavesWindowAt(at, length, 'UtcDay')
      expect(leaves).toBe(floorUtcDay(leaves))
      expect(leaves).toBeGreaterThanOrEqual(leavesWindowAt(at, length, 'Sliding') - 1)
    })
  })
})
