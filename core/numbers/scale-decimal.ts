const PATTERN = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/

/** Exponents beyond this cannot belong to a value that fits a 64-bit accumulator. */
const LARGEST_EXPONENT = 400

/**
 * A decimal number as an integer scaled by 10^decimals, excess digits rounded once, half away from zero.
 *
 * Works on the shortest decimal text of the number, so 0.285 stays 0.285 whatever its binary form. Undefined when the value is no finite
 * number or leaves the range of exact integers.
 */
export function scaleDecimal(value: number, decimals: number): number | undefined {
  if (Number.isInteger(value)) {
    const scaled = value * 10 ** decimals
    return Number.isSafeInteger(scaled) ? scaled : undefined
  }
  const match = PATTERN.exec(String(value))
  if (match === null) return undefined
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  if (Math.abs(Number(exponent)) > LARGEST_EXPONENT) return undefined

  const digits = BigInt(whole + fraction)
  const shift = Number(exponent) - fraction.length + decimals
  const magnitude = shift >= 0 ? digits * 10n ** BigInt(shift) : divideHalfUp(digits, 10n ** BigInt(-shift))
  const scaled = Number(sign === '-' ? -magnitude : magnitude)
  return Number.isSafeInteger(scaled) ? scaled : undefined
}

function divideHalfUp(value: bigint, by: bigint): bigint {
  return (2n * value + by) / (2n * by)
}

/** The number times 10^places as exact decimal text: a bound in the units of a scaled column. */
export function shiftDecimal(value: number, places: number): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = PATTERN.exec(String(value)) ?? []
  const shift = Number(exponent) - fraction.length + places
  const digits = whole + fraction
  if (shift >= 0) return `${sign}${BigInt(digits + '0'.repeat(shift))}`
  const padded = digits.padStart(1 - shift, '0')
  return `${sign}${BigInt(padded.slice(0, shift))}.${padded.slice(shift)}`
}
