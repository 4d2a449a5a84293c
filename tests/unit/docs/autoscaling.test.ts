import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { SCALING_REASONS } from '../../../core/autoscaling/scaling-decision.ts'
import { docTable } from '../../support/doc-table.ts'

const PAGE = 'docs/how-to/autoscaling.md'

test('every reason for a number of workers is explained, and no other', () => {
  const status = readFileSync('core/operator/autoscaling-status.ts', 'utf8')
  const others = [...status.matchAll(/reason: '(\w+)'/g)].flatMap(([, reason]) => reason ?? [])
  const explained = docTable(PAGE, 'Reason', 'Means').map(([reason = '']) => reason.replaceAll('`', ''))
  expect([...explained].sort()).toEqual([...new Set([...SCALING_REASONS, ...others])].sort())
})
