/** Text that an array literal may carry without quotes. */
const PLAIN = /^[\w.:+-]+$/

/**
 * PostgreSQL array literals, built as text: several times cheaper than one parameter per value, and cheaper than the driver's own arrays.
 * Every value still travels as a parameter of the statement, never as part of its text.
 */
export function textArray(values: readonly (string | null)[]): string {
  let literal = '{'
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i]
    if (i > 0) literal += ','
    if (value === null || value === undefined) literal += 'NULL'
    else literal += PLAIN.test(value) && value.toUpperCase() !== 'NULL' ? value : quoted(value)
  }
  return `${literal}}`
}

/** For numbers and booleans, whose text needs no quotes. */
export function plainArray(values: readonly (number | boolean | string | null)[]): string {
  let literal = '{'
  for (let i = 0; i < values.length; i += 1) {
    if (i > 0) literal += ','
    literal += values[i] ?? 'NULL'
  }
  return `${literal}}`
}

function quoted(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
