import { expect, test } from 'vitest'
import { KnownComposites } from '../../../worker/known-composites.ts'

test('only of the scopes that are asked for it is told what is known', () => {
  const known = new KnownComposites()
  known.learn('pipeline', '76.5', 1_000)
  known.learn('region=EU', null, 2_000)
  known.learn('region=Gone', '1', 0)
  expect([...known.samples(['pipeline', 'region=EU', 'region=US'], 5_000)]).toEqual([
    { scope: 'pipeline', value: '76.5', ageMs: 4_000 },
    { scope: 'region=EU', value: null, ageMs: 3_000 },
  ])
})

test('the last calculations of all scopes together took as long as each of them did', () => {
  const known = new KnownComposites()
  for (const [scope, tookMs] of [
    ['pipeline', 900],
    ['pipeline', 100],
    ['region=EU', 50],
    ['region=Gone', 4_000],
  ] as const)
    known.noteTook(scope, tookMs)
  expect(known.tookMs(['pipeline', 'region=EU', 'region=US'])).toBe(150)
})

test('a calculation that failed early is taken for no quicker than the last one that did not, one that failed late for as slow as it was', () => {
  const known = new KnownComposites()
  known.noteTook('pipeline', 900)
  known.noteFailed('pipeline', 2)
  expect(known.tookMs(['pipeline'])).toBe(900)
  known.noteFailed('pipeline', 4_000)
  expect(known.tookMs(['pipeline'])).toBe(4_000)
  known.noteTook('pipeline', 100)
  expect(known.tookMs(['pipeline'])).toBe(100)
})
