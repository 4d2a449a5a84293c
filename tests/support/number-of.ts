/** A number in the environment of a command, or another where it is not set; ends the command where it is none. */
export function numberOf(variable: string, otherwise: number): number {
  const text = process.env[variable] ?? ''
  const number = text === '' ? otherwise : Number(text)
  if (Number.isFinite(number) && number >= 0) return number
  process.stderr.write(`${variable} must be a number; it is ${text}\n`)
  process.exit(2)
}
