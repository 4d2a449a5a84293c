import { expect, test } from 'vitest'
import { parseQuantity } from '../../../../core/pipeline/parse-quantity.ts'

test.each([
  [2, 2],
  ['2', 2],
  ['500m', 0.5],
  ['0.25', 0.25],
  ['1k', 1_000],
  ['1Ki', 1_024],
  ['1.5Gi', 1_610_612_736],
  ['1G', 1_000_000_000],
  ['', undefined],
  ['1.5GB', undefined],
  ['-1', undefined],
  ['1e3', undefined],
])('%s is %s', (quantity, expected) => {
  expect(parseQuantity(quantity)).toBe(expected)
})
