import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decimalFraction } from '../../core/numbers/decimal-fraction.ts'
import { compareFractions, type Fraction, formatScaled, roundFraction, unscaled } from '../../core/numbers/fraction.ts'
import { scaleDecimal } from '../../core/numbers/scale-decimal.ts'

const WIDE = 10n ** 40n

const numerator = fc.oneof(fc.bigInt({ min: -WIDE, max: WIDE }), fc.bigInt({ min: -50n, max: 50n }))

/** Few, and even, so that halves come up. */
const denominator = fc
  .oneof(fc.bigInt({ min: -WIDE, max: WIDE }), fc.bigInt({ min: -64n, max: 64n }))
  .filter((each) => each !== 0n)

const fraction: fc.Arbitrary<Fraction> = fc.record({ numerator, denominator })

const decimals = fc.integer({ min: 0, max: 9 })

const size = (value: bigint) => (value < 0n ? -value : value)

describe('a rounded fraction', () => {
  test('is off by half a unit of its last digit at most, and then away from zero', () => {
    fc.assert(
      fc.property(fraction, decimals, (exact, digits) => {
        const rounded = roundFraction(exact, digits)
        // both sides times denominator and 10^digits, so that all is whole
        const error = rounded * exact.denominator - exact.numerator * 10n ** BigInt(digits)
        const [twice, one] = [2n * size(error), size(exact.denominator)]
        expect(twice).toBeLessThanOrEqual(one)
        if (twice === one)
          expect(size(rounded * exact.denominator)).toBeGreaterThan(size(exact.numerator * 10n ** BigInt(digits)))
      }),
      { numRuns: 2_000 },
    )
  })

  test('is itself when it has no more digits', () => {
    fc.assert(
      fc.property(numerator, decimals, decimals, (value, digits, more) => {
        expect(roundFraction(unscaled(value, digits), digits + more)).toBe(value * 10n ** BigInt(more))
      }),
    )
  })

  test('is the opposite of its opposite', () => {
    fc.assert(
      fc.property(fraction, decimals, ({ numerator: n, denominator: d }, digits) => {
        const rounded = roundFraction({ numerator: n, denominator: d }, digits)
        expect(roundFraction({ numerator: -n, denominator: d }, digits)).toBe(-rounded)
        expect(roundFraction({ numerator: n, denominator: -d }, digits)).toBe(-rounded)
      }),
    )
  })

  test('does not depend on how the fraction is written', () => {
    fc.assert(
      fc.property(fraction, denominator, decimals, ({ numerator: n, denominator: d }, factor, digits) => {
        expect(roundFraction({ numerator: n * factor, denominator: d * factor }, digits)).toBe(
          roundFraction({ numerator: n, denominator: d }, digits),
        )
      }),
    )
  })

  test('is never more than that of a larger one', () => {
    fc.assert(
      fc.property(fraction, fraction, decimals, (one, other, digits) => {
        const [less, more] = compareFractions(one, other) <= 0 ? [one, other] : [other, one]
        expect(roundFraction(less, digits)).toBeLessThanOrEqual(roundFraction(more, digits))
      }),
    )
  })

  test('says the same as text', () => {
    fc.assert(
      fc.property(numerator, decimals, (value, digits) => {
        const text = formatScaled(value, digits)
        expect(text).toMatch(digits === 0 ? /^-?\d+$/ : new RegExp(`^-?\\d+\\.\\d{${digits}}$`))
        expect(BigInt(text.replace('.', ''))).toBe(value)
      }),
    )
  })
})

test('a decimal is scaled to what its text comes to, rounded once', () => {
  const number = fc.oneof(
    fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
    fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }).map((thousandths) => thousandths / 1_000),
  )
  fc.assert(
    fc.property(number, decimals, (value, digits) => {
      const scaled = roundFraction(decimalFraction(value), digits)
      const fits = size(scaled) <= BigInt(Number.MAX_SAFE_INTEGER)
      expect(String(scaleDecimal(value, digits))).toBe(fits ? String(scaled) : 'undefined') // as text zero has no sign
    }),
    { numRuns: 2_000 },
  )
})
