/** An exact quotient of two integers; the denominator is never zero. */
export interface Fraction {
  readonly numerator: bigint
  readonly denominator: bigint
}

/**
 * The fraction times 10^decimals, rounded once, half away from zero.
 *
 * The same integer formula stands in the generated SQL: `sign(n) * div(2*abs(n)*10^k + d, 2*d)`.
 */
export function roundFraction({ numerator, denominator }: Fraction, decimals: number): bigint {
  const n = denominator < 0n ? -numerator : numerator
  const d = denominator < 0n ? -denominator : denominator
  const magnitude = n < 0n ? -n : n
  const rounded = (2n * magnitude * 10n ** BigInt(decimals) + d) / (2n * d)
  return n < 0n ? -rounded : rounded
}

/** The integer scaled by 10^decimals as a fraction. */
export function unscaled(value: bigint, decimals: number): Fraction {
  return { numerator: value, denominator: 10n ** BigInt(decimals) }
}

export function whole(value: number): Fraction {
  return { numerator: BigInt(value), denominator: 1n }
}

export function addFractions(left: Fraction, right: Fraction): Fraction {
  return {
    numerator: left.numerator * right.denominator + right.numerator * left.denominator,
    denominator: left.denominator * right.denominator,
  }
}

export function multiplyFractions(left: Fraction, right: Fraction): Fraction {
  return { numerator: left.numerator * right.numerator, denominator: left.denominator * right.denominator }
}

/** Null where the divisor is zero. */
export function divideFractions(dividend: Fraction, divisor: Fraction): Fraction | null {
  if (divisor.numerator === 0n) return null
  return multiplyFractions(dividend, { numerator: divisor.denominator, denominator: divisor.numerator })
}

/** Negative, zero or positive as `left` is below, equal to or above `right`. */
export function compareFractions(left: Fraction, right: Fraction): number {
  const difference = left.numerator * right.denominator - right.numerator * left.denominator
  if (difference === 0n) return 0
  return difference > 0n === left.denominator * right.denominator > 0n ? 1 : -1
}

/** An integer scaled by 10^decimals as decimal text: 412 with two decimals is `4.12`. */
export function formatScaled(value: bigint, decimals: number): string {
  if (decimals === 0) return value.toString()
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, '0')
  return `${value < 0n ? '-' : ''}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}
