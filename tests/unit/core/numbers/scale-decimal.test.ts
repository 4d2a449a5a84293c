import { describe, expect, test } from 'vitest'
import { decimalFraction } from '../../../../core/numbers/decimal-fraction.ts'
import { scaleDecimal, shiftDecimal } from '../../../../core/numbers/scale-decimal.ts'

describe('a decimal is scaled', () => {
  test.each([
    ['without a digit too many', 7.75, 2, 775],
    ['from its shortest text: 1.005 is not a little less', 1.005, 2, 101],
    ['from its shortest text: 0.285', 0.285, 2, 29],
    ['half away from zero below zero', -1.005, 2, -101],
    ['with zeros to spare', 0.5, 6, 500_000],
    ['when it is whole', 3, 2, 300],
    ['when it is zero', 0, 9, 0],
    ['when it is tiny: 1e-7', 1e-7, 6, 0],
    ['when half of the last digit is written with an exponent: 5e-7', 5e-7, 6, 1],
    ['when it is as small as numbers are', 5e-324, 2, 0],
    ['to the largest exact integer', 9_007_199_254_740_991, 0, 9_007_199_254_740_991],
    ['to nearly the largest exact integer from a fraction', 90_071_992_547_409.9, 2, 9_007_199_254_740_990],
    ['not beyond it', 9_007_199_254_740_992, 0, undefined],
    ['not beyond it by scaling', 90_071_992_547_410, 2, undefined],
    ['not beyond it by scaling a fraction', 900_719_925_474_099.2, 2, undefined],
    ['not when it has a large exponent', 1e300, 2, undefined],
    ['not when it is infinite', Number.POSITIVE_INFINITY, 2, undefined],
    ['not when it is no number', Number.NaN, 2, undefined],
  ])('%s', (_sentence, value, decimals, scaled) => {
    expect(scaleDecimal(value, decimals)).toBe(scaled)
  })

  test('to zero without a sign that could be seen', () => {
    expect(String(scaleDecimal(-0.001, 2))).toBe('0')
  })
})

describe('a bound in the units of a scaled column', () => {
  test.each([
    ['is a whole number where its digits fit', 4.35, 2, '435'],
    ['keeps digits that do not fit', 4.355, 2, '435.5'],
    ['keeps its sign', -0.05, 1, '-0.5'],
    ['has a zero before the point', 0.001, 1, '0.01'],
    ['may be large', 1e21, 2, '100000000000000000000000'],
    ['may be tiny', 1e-7, 2, '0.00001'],
    ['may be zero', 0, 3, '0'],
  ])('%s', (_sentence, value, places, text) => {
    expect(shiftDecimal(value, places)).toBe(text)
  })
})

describe('a decimal as a fraction', () => {
  test.each([
    ['is what its text says', 4.35, 435n, 100n],
    ['keeps its sign', -0.5, -5n, 10n],
    ['may be whole', 85, 85n, 1n],
    ['may have an exponent', 1e-7, 1n, 10_000_000n],
    ['may be large', 1e21, 10n ** 21n, 1n],
  ])('%s', (_sentence, value, numerator, denominator) => {
    expect(decimalFraction(value)).toEqual({ numerator, denominator })
  })
})
