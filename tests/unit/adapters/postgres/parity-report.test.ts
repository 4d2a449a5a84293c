import { expect, test } from 'vitest'
import { isClean, ParityTally } from '../../../../adapters/postgres/parity-report.ts'

const names = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`)

test('all are counted, and each fault by its own', () => {
  const tally = new ParityTally()
  tally.add({ compared: 10, mismatched: ['a'] })
  tally.add({ compared: 5, mismatched: ['c'], missing: ['b'] })
  tally.add({ overdue: ['d', 'e'] })
  expect(tally.report()).toEqual({
    compared: 15,
    mismatches: 2,
    missing: 1,
    overdue: 2,
    entities: ['a', 'c', 'b', 'd', 'e'],
  })
})

test('however many are at fault, a hundred of them are named, those first found first', () => {
  const tally = new ParityTally()
  for (let batch = 0; batch < 1_000; batch += 1) tally.add({ compared: 3, mismatched: names(`${batch}-`, 3) })
  const { entities, mismatches } = tally.report()
  expect(mismatches).toBe(3_000)
  expect(entities).toHaveLength(100)
  expect(entities.slice(0, 4)).toEqual(['0-0', '0-1', '0-2', '1-0'])
})

test('nothing found is clean, whatever was compared', () => {
  expect(isClean(new ParityTally().report())).toBe(true)
})

test.each([['mismatched'], ['missing'], ['overdue']])('one %s is not', (fault) => {
  const tally = new ParityTally()
  tally.add({ compared: 1, [fault]: ['a'] })
  expect(isClean(tally.report())).toBe(false)
})
