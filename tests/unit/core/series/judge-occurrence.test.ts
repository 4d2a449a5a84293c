import { expect, test } from 'vitest'
import { judgeOccurrence, type Series } from '../../../../core/series/judge-occurrence.ts'

/** What is told of occurrences at these seconds. */
function told(...seconds: readonly number[]): string[] {
  let series: Series | undefined
  return seconds.map((second) => {
    const judged = judgeOccurrence(series, second * 1_000)
    series = judged.series
    return judged.telling === 'count-only' ? '-' : `${judged.telling} ${series.count}`
  })
}

test.each([
  ['what happens once is told once', [0], ['first 1']],
  ['that it happens again is told at once', [0, 1], ['first 1', 'again 2']],
  [
    'and then how often, once a minute',
    [0, 1, 2, 3, 60, 61, 62],
    ['first 1', 'again 2', '-', '-', '-', 'again 6', '-'],
  ],
  ['what was quiet for long is news again', [0, 1, 362], ['first 1', 'again 2', 'first 1']],
  ['what goes on is not', [0, 360, 720], ['first 1', 'again 2', 'again 3']],
])('%s', (_sentence, seconds, expected) => {
  expect(told(...seconds)).toEqual(expected)
})
