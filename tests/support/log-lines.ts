import { expect } from 'vitest'
import { LOG_FIELDS } from '../../adapters/telemetry/log-fields.ts'

const IN_EVERY_LINE = ['level', 'time', 'msg']

export type LogLine = Readonly<Record<string, unknown>>

/** The log lines among what a process said. Each of them has no field but those on the list. */
export function logLines(output: string): readonly LogLine[] {
  const lines = output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogLine)
  for (const line of lines) {
    expect(line).toMatchObject({ level: expect.any(String), time: expect.any(String), msg: expect.any(String) })
    const others = Object.keys(line).filter((name) => !IN_EVERY_LINE.includes(name) && !Object.hasOwn(LOG_FIELDS, name))
    expect(others, JSON.stringify(line)).toEqual([])
  }
  return lines
}
