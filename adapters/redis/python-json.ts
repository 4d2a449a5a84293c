/** A number in the JSON text as it was written. A class of its own, for no object of a message can pass for one. */
class NumberText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/**
 * The canonical text over which producers of the original envelope compute their checksum: Python's `json.dumps(data, sort_keys=True)` with
 * its default separators and `\uXXXX` escapes. Numbers are formatted from their text in the message, for `1.0` and `1` differ there.
 */
export function pythonCanonicalJson(json: string, key: string): string {
  const parsed = JSON.parse(json, (_, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' && context?.source !== undefined ? new NumberText(context.source) : value,
  ) as Record<string, unknown>
  return write(parsed[key])
}

function write(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return writeText(value)
  if (Array.isArray(value)) return `[${value.map(write).join(', ')}]`
  if (value instanceof NumberText) return writeNumber(value.text)
  const entries = Object.entries(value as Record<string, unknown>).sort(([a], [b]) => compareCodePoints(a, b))
  return `{${entries.map(([key, each]) => `${writeText(key)}: ${write(each)}`).join(', ')}}`
}

function writeText(text: string): string {
  const escaped = JSON.stringify(text)
  return escaped.replaceAll(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Python tells whole numbers from floats by their spelling, and writes a float in its shortest form, with an exponent below 1e-4 and from 1e16. */
function writeNumber(text: string): string {
  if (!/[.eE]/.test(text)) return text === '-0' ? '0' : text
  const value = Number(text)
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const [digits = '', exponentText = '0'] = value.toExponential().split('e')
  const exponent = Number(exponentText)
  if (exponent < -4 || exponent >= 16) {
    const sign = exponent < 0 ? '-' : '+'
    return `${digits}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`
  }
  const plain = plainDecimal(digits, exponent)
  return plain.includes('.') ? plain : `${plain}.0`
}

function plainDecimal(mantissa: string, exponent: number): string {
  const sign = mantissa.startsWith('-') ? '-' : ''
  const digits = mantissa.replace('-', '').replace('.', '')
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')
  const rest = digits.slice(exponent + 1)
  return rest === '' ? `${sign}${whole}` : `${sign}${whole}.${rest}`
}

function compareCodePoints(a: string, b: string): number {
  const [left, right] = [[...a], [...b]]
  for (let i = 0; i < Math.min(left.length, right.length); i += 1) {
    const difference = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}
