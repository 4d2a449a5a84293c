import type { Fraction } from './fraction.ts'
import { shiftDecimal } from './scale-decimal.ts'

/** The exact fraction that the number's shortest decimal text says: 4.35 is 435/100, whatever its binary form. */
export function decimalFraction(value: number): Fraction {
  const text = shiftDecimal(value, 0)
  const point = text.indexOf('.')
  const places = point === -1 ? 0 : text.length - point - 1
  return { numerator: BigInt(text.replace('.', '')), denominator: 10n ** BigInt(places) }
}
