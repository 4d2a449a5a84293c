import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BusyTime } from '../../../../core/load/busy-time.ts'

type Step = readonly [what: 'begin' | 'end', at: number]

function busyAt(now: number, steps: readonly Step[]): number {
  const busy = new BusyTime()
  for (const [what, at] of steps) {
    if (what === 'begin') busy.begin('batch', at)
    else busy.end('batch', at, 1)
  }
  return busy.totalMs(now)
}

test.each<[sentence: string, steps: readonly Step[], total: number]>([
  ['nothing takes no time', [], 0],
  [
    'what is over took its time',
    [
      ['begin', 10],
      ['end', 25],
    ],
    15,
  ],
  ['what is under way has taken its time so far', [['begin', 40]], 60],
  [
    'pauses between two things do not count',
    [
      ['begin', 10],
      ['end', 20],
      ['begin', 50],
      ['end', 55],
    ],
    15,
  ],
  [
    'what both were under way counts once',
    [
      ['begin', 10],
      ['begin', 20],
      ['end', 30],
      ['end', 40],
    ],
    30,
  ],
  [
    'one within another adds nothing',
    [
      ['begin', 10],
      ['begin', 20],
      ['end', 30],
      ['begin', 32],
      ['end', 34],
      ['end', 40],
    ],
    30,
  ],
  [
    'what goes on after another is over counts on',
    [
      ['begin', 10],
      ['begin', 20],
      ['end', 30],
    ],
    90,
  ],
])('%s', (_sentence, steps, total) => {
  expect(busyAt(100, steps)).toBe(total)
})

test('it is the union of all that was under way, at every instant', () => {
  const interval = fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 60 })).map(([from, ms]) => [from, from + ms] as const)
  fc.assert(
    fc.property(fc.array(interval, { maxLength: 8 }), fc.nat({ max: 130 }), (intervals, now) => {
      const steps = intervals
        .flatMap<Step>(([from, to]) => [
          ['begin', from],
          ['end', to],
        ])
        .sort(([whatA, a], [whatB, b]) => a - b || (whatA < whatB ? -1 : 1))
        .filter(([, at]) => at <= now)
      const covered = Array.from({ length: now }, (_, ms) => intervals.some(([from, to]) => from <= ms && ms < to))
      expect(busyAt(now, steps)).toBe(covered.filter(Boolean).length)
    }),
  )
})

test('a batch that is not full counts for a part of its time', () => {
  const busy = new BusyTime()
  busy.begin('batch', 0)
  busy.end('batch', 50, 1)
  for (let ms = 50; ms < 1_050; ms += 10) {
    busy.begin('batch', ms)
    busy.end('batch', ms + 10, 0.1)
  }
  expect(busy.totalMs(1_050)).toBeCloseTo(50 + 100 * 5, 0)
})

test('of two things at once each ends with a part of the time since the other', () => {
  const busy = new BusyTime()
  busy.begin('evaluation', 0)
  busy.begin('batch', 0)
  busy.end('batch', 40, 1)
  busy.end('evaluation', 60, 1)
  expect(busy.totalMs(100)).toBe(60)
})

test('what it says never falls, though a batch that was under way turns out to count for less', () => {
  const busy = new BusyTime()
  busy.begin('batch', 0)
  expect(busy.totalMs(40)).toBe(40)
  busy.end('batch', 50, 0.001)
  expect(busy.totalMs(60)).toBe(40)
})
