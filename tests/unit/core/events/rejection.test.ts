import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { REJECTION_REASONS } from '../../../../core/events/rejection.ts'

test('the reference explains each reason, and no other', () => {
  const [, reasons = ''] = readFileSync('docs/reference/events.md', 'utf8').split('<!-- reasons -->\n')
  const rows = reasons.trimStart().split('\n\n')[0]?.split('\n').slice(2) ?? []
  const [named, ...others] = [1, 2, 3].map((column) => rows.map((row) => row.split(' | ')[column - 1] ?? ''))
  expect(named).toEqual(REJECTION_REASONS.map((reason) => `| \`${reason}\``))
  for (const cell of others.flat()) expect(cell).toMatch(/\w/)
})
