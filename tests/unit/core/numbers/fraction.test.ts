import { describe, expect, test } from 'vitest'
import {
  addFractions,
  compareFractions,
  divideFractions,
  type Fraction,
  formatScaled,
  multiplyFractions,
  roundFraction,
  unscaled,
  whole,
} from '../../../../core/numbers/fraction.ts'

describe('a fraction is rounded', () => {
  test.each([
    ['half away from zero: 33/8', 33n, 8n, 2, '4.13'],
    ['half away from zero: 35/8', 35n, 8n, 2, '4.38'],
    ['half away from zero: 1/32 in percent', 100n, 32n, 2, '3.13'],
    ['from the fraction, not from its binary neighbour: 161/40', 161n, 40n, 2, '4.03'],
    ['after the factor 100, not before it: 23/160', 2_300n, 160n, 2, '14.38'],
    ['away from zero below zero too', -33n, 8n, 2, '-4.13'],
    ['with the sign of a negative denominator', 33n, -8n, 2, '-4.13'],
    ['with the sign of both', -33n, -8n, 2, '4.13'],
    ['down below the half', 1n, 3n, 2, '0.33'],
    ['up above the half', 2n, 3n, 2, '0.67'],
    ['to nothing', 1n, 300n, 2, '0.00'],
    ['to no minus zero', -1n, 300n, 2, '0.00'],
    ['to a whole number', 5n, 2n, 0, '3'],
    ['to nine digits', 1n, 7n, 9, '0.142857143'],
    ['beyond 64 bits', 10n ** 30n, 3n, 2, '333333333333333333333333333333.33'],
  ])('%s', (_sentence, numerator, denominator, decimals, text) => {
    expect(formatScaled(roundFraction({ numerator, denominator }, decimals), decimals)).toBe(text)
  })
})

describe('a scaled integer as text', () => {
  test.each([
    ['has its point', 412n, 2, '4.12'],
    ['has leading zeros', 5n, 2, '0.05'],
    ['keeps trailing ones', 400n, 2, '4.00'],
    ['has its sign before the zero', -5n, 2, '-0.05'],
    ['has no point without decimals', -412n, 0, '-412'],
  ])('%s', (_sentence, value, decimals, text) => {
    expect(formatScaled(value, decimals)).toBe(text)
  })
})

describe('fractions', () => {
  const half: Fraction = { numerator: 1n, denominator: 2n }
  const minusThird: Fraction = { numerator: 1n, denominator: -3n }

  test.each([
    ['are added', addFractions(half, minusThird), 1n, 6n],
    ['are multiplied', multiplyFractions(half, minusThird), -1n, 6n],
    ['are divided', divideFractions(half, minusThird), -3n, 2n],
    ['stand for scaled integers', unscaled(412n, 2), 103n, 25n],
    ['stand for whole numbers', whole(-7), -7n, 1n],
  ])('%s', (_sentence, fraction, numerator, denominator) => {
    expect(fraction && compareFractions(fraction, { numerator, denominator })).toBe(0)
  })

  test('have no quotient by zero', () => {
    expect(divideFractions(half, { numerator: 0n, denominator: 5n })).toBeNull()
  })

  test.each([
    ['a half is more than minus a third', half, minusThird, 1],
    ['minus a third is less than a half', minusThird, half, -1],
    ['the sign may stand below', { numerator: -1n, denominator: -2n }, half, 0],
  ])('%s', (_sentence, left, right, order) => {
    expect(compareFractions(left, right)).toBe(order)
  })
})
