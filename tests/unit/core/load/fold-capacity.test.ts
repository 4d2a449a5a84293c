import { describe, expect, test } from 'vitest'
import { foldCapacity, forgetOpenWork, NO_CAPACITY } from '../../../../core/load/fold-capacity.ts'
import type { Work } from '../../../../core/load/work-since.ts'

/** Five seconds of one worker. */
const busyFor = (busyMs: number, entries: number): Work => ({ workers: busyMs === 0 ? 0 : 1, busyMs, entries })
const FULLY = (perSecond: number) => busyFor(5_000, 5 * perSecond)
const IDLE = busyFor(0, 0)
/** A batch of one entry takes as long as one of fifty. */
const HARDLY = busyFor(10, 1)

const known = (perWorker: number) => ({ ...NO_CAPACITY, perWorker })
const capacityAfter = (start: typeof NO_CAPACITY, ...works: readonly Work[]) =>
  works.reduce((memory, work) => foldCapacity(memory, work, 5_000), start).perWorker

const times = (count: number, work: Work) => Array.from({ length: count }, () => work)

describe('what one worker can do in a second', () => {
  test.each<[sentence: string, capacity: number | null, expected: number | null]>([
    ['is not known before one has worked', capacityAfter(NO_CAPACITY, IDLE, IDLE), null],
    ['is not known from its first batches, which are slow', capacityAfter(NO_CAPACITY, busyFor(400, 10)), null],
    ['is known after a second of work', capacityAfter(NO_CAPACITY, busyFor(400, 10), IDLE, busyFor(800, 590)), 500],
    ['is by its busy time, not by the clock', capacityAfter(NO_CAPACITY, busyFor(1_000, 2_000)), 2_000],
    [
      'is what all of them did in all of their time',
      capacityAfter(NO_CAPACITY, { workers: 2, busyMs: 8_000, entries: 8_000 }),
      1_000,
    ],
    ['moves by a third towards what busy workers do', capacityAfter(known(1_000), FULLY(2_000)), 1_300],
    ['moves down as far', capacityAfter(known(1_000), FULLY(500)), 850],
    ['moves by less when they were busy for less', capacityAfter(known(1_000), busyFor(2_500, 5_000)), 1_163.34],
    [
      'moves up though they were busy for less than half of the time',
      capacityAfter(known(1_000), busyFor(2_000, 4_000)),
      1_132.96,
    ],
    ['stays while nobody has anything to do', capacityAfter(known(1_000), ...times(1_000, IDLE)), 1_000],
    [
      'stays while there is hardly anything to do, for small batches cost more',
      capacityAfter(known(1_000), ...times(1_000, HARDLY)),
      1_000,
    ],
    ['is no less for an evaluation, in which no entry is done', capacityAfter(known(1_000), FULLY(0)), 1_000],
    ['has the time of evaluations in it', capacityAfter(known(1_000), FULLY(0), FULLY(1_000)), 745],
    [
      'is no less for a worker that waits for its database',
      capacityAfter(known(1_000), ...times(100, FULLY(0)), FULLY(1_000)),
      1_000,
    ],
  ])('%s', (_sentence, capacity, expected) => {
    if (expected === null) expect(capacity).toBeNull()
    else expect(capacity).toBeCloseTo(expected, 1)
  })

  test('what was under way when nobody could look counts for nothing', () => {
    const open = foldCapacity(known(1_000), FULLY(0), 5_000)
    expect(capacityAfter(forgetOpenWork(open), FULLY(1_000))).toBe(1_000)
  })
})
