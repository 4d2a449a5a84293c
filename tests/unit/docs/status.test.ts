import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { statusSchema } from '../../../adapters/manifest/status-schema.ts'
import { docTable } from '../../support/doc-table.ts'

const PAGE = 'docs/reference/status.md'

const inCode = (cell: string | undefined) => cell?.replaceAll('`', '') ?? ''

test('every condition is explained, in the order in which they are shown', () => {
  const { type } = statusSchema.shape.conditions.element.shape
  expect(docTable(PAGE, 'Condition', 'True when').map(([name]) => inCode(name))).toEqual(type.options)
})

test('every reason that the operator gives is explained, and no other', () => {
  const sources = globSync('core/operator/conditions/*.ts').map((file) => readFileSync(file, 'utf8'))
  const given = sources.flatMap((text) =>
    [...text.matchAll(/\bis(?:True|False|Unknown)\(\s*'(\w+)'/g)].map(([, reason]) => reason ?? ''),
  )
  const explained = docTable(PAGE, 'Reason', 'Said by').map(([reason]) => inCode(reason))
  expect(explained).toEqual([...new Set(given)].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)))
})

test('every condition that says something is one', () => {
  const known: readonly string[] = statusSchema.shape.conditions.element.shape.type.options
  const named = docTable(PAGE, 'Reason', 'Said by').flatMap(([, said = '']) => said.split(';')[0]?.split(', ') ?? [])
  expect(named.filter((name) => !known.includes(name))).toEqual([])
})
