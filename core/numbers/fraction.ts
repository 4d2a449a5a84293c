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

/** An integer scaled by 10^decimals as decimal text: 412 with two decimals is `4.12`. */
export function formatScaled(value: bigint, decimals: number): string {
  if (decimals === 0) return value.toString()
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, '0')
  return `${value < 0n ? '-' : ''}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}
