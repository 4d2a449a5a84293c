import { describe, expect, test } from 'vitest'
import { type Arrivals, foldArrivals, NO_ARRIVALS } from '../../../../core/load/fold-arrivals.ts'

type Look = readonly [atS: number, ...counters: (number | null)[]]

/** What is said after each of these looks, to a whole number. */
function saidAfter(...looks: readonly Look[]): readonly (number | null)[] {
  const said: (number | null)[] = []
  looks.reduce<Arrivals['memory']>((before, [atS, ...counters]) => {
    const streams = counters.map((entriesAdded, i) => ({ stream: `orders:{${i}}`, entriesAdded }))
    const { memory, perSecond } = foldArrivals(before, streams, atS * 1_000)
    said.push(perSecond === null ? null : Math.round(perSecond))
    return memory
  }, NO_ARRIVALS)
  return said
}

describe('arrivals', () => {
  test.each<[sentence: string, looks: readonly Look[], said: readonly (number | null)[]]>([
    ['are unknown after one look', [[0, 500]], [null]],
    [
      'are what was added since the look before',
      [
        [0, 500],
        [5, 1_000],
      ],
      [null, 100],
    ],
    [
      'are those of all streams',
      [
        [0, 500, 0],
        [5, 1_000, 50],
      ],
      [null, 110],
    ],
    [
      'are none while nothing is added',
      [
        [0, 500],
        [5, 500],
      ],
      [null, 0],
    ],
    [
      'stay the same, whatever the time between looks',
      [
        [0, 0],
        [1, 100],
        [6, 600],
        [66, 6_600],
      ],
      [null, 100, 100, 100],
    ],
    [
      'of a stream that begins to be are counted',
      [
        [0, 0],
        [5, 500],
      ],
      [null, 100],
    ],
    [
      'are unknown where the server does not count',
      [
        [0, null],
        [5, null],
      ],
      [null, null],
    ],
    [
      'are unknown while it does not count one stream',
      [
        [0, 5, 5],
        [5, 5, null],
        [10, 5, 5],
        [15, 5, 10],
      ],
      [null, null, null, 1],
    ],
    [
      'are unknown for the look that sees a counter go back, and are what they were after it',
      [
        [0, 0],
        [5, 500],
        [10, 3],
        [15, 3],
      ],
      [null, 100, null, 85],
    ],
    [
      'are unknown when one counter of several goes back',
      [
        [0, 0, 900],
        [5, 500, 900],
        [10, 1_000, 0],
      ],
      [null, 100, null],
    ],
    [
      'are what they were for a second look at the same moment',
      [
        [0, 0],
        [5, 500],
        [5, 500],
      ],
      [null, 100, 100],
    ],
  ])('%s', (_sentence, looks, said) => {
    expect(saidAfter(...looks)).toEqual(said)
  })

  /** Looks every second, at first with nothing added, then with so many a second. */
  const step = (from: number, to: number, seconds: number): readonly (number | null)[] => {
    const before: Look[] = Array.from({ length: 301 }, (_, s) => [s, s * from])
    const after: Look[] = Array.from({ length: seconds }, (_, s) => [301 + s, 300 * from + (s + 1) * to])
    return saidAfter(...before, ...after).slice(-seconds)
  }

  test('are believed within seconds when there are more', () => {
    const said = step(0, 1_000, 20)
    expect(said[4]).toBeGreaterThan(350)
    expect(said[9]).toBeGreaterThan(600)
    expect(said[19]).toBeGreaterThan(850)
  })

  test('are believed within half a minute when there are fewer', () => {
    const said = step(1_000, 0, 120)
    expect(said[9]).toBeGreaterThan(700)
    expect(said[29]).toBeLessThan(400)
    expect(said[119]).toBeLessThan(20)
  })
})
