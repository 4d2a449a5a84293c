import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { docTable } from '../../support/doc-table.ts'

const PAGE = 'docs/how-to/autoscaling.md'

/** The type has them, and types are gone at run time. */
function reasonsOfDecisions(): readonly string[] {
  const text = readFileSync('core/autoscaling/scaling-decision.ts', 'utf8')
  return [...text.matchAll(/^ {2}\| '(\w+)'/gm)].flatMap(([, reason]) => reason ?? [])
}

test('every reason for a number of workers is explained, and no other', () => {
  const status = readFileSync('core/operator/autoscaling-status.ts', 'utf8')
  const others = [...status.matchAll(/reason: '(\w+)'/g)].flatMap(([, reason]) => reason ?? [])
  const explained = docTable(PAGE, 'Reason', 'Means').map(([reason = '']) => reason.replaceAll('`', ''))
  expect([...explained].sort()).toEqual([...new Set([...reasonsOfDecisions(), ...others])].sort())
})
