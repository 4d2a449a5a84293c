import { describe, expect, test } from 'vitest'
import { foldLoad, type LoadLook, type LoadMemory, NO_LOAD } from '../../../../core/load/fold-load.ts'
import type { LoadSignals } from '../../../../core/signals/pipeline-signals.ts'

const added = (entriesAdded: number): LoadLook => ({ streams: [{ stream: 'orders', entriesAdded }] })

const worked = (busyMs: number | null, entriesDone: number | null, name = 'a'): LoadLook => ({
  members: [{ name, lastBeatAgeMs: 100, startedAt: '2026-03-01T08:00:00Z', busyMs, entriesDone }],
})

/** A look at the streams and one at the workers every five seconds, as far as there are any. */
function loadAfter(...looks: readonly LoadLook[]): LoadSignals {
  return looks.reduce<LoadMemory>((memory, look, i) => foldLoad(memory, look, i * 5_000).memory, NO_LOAD).load
}

const both = (entriesAdded: number, busyMs: number, entriesDone: number): LoadLook => ({
  ...added(entriesAdded),
  ...worked(busyMs, entriesDone),
})

describe('of a load is known', () => {
  test.each<[sentence: string, looks: readonly LoadLook[], load: Partial<LoadSignals>]>([
    ['nothing at first', [], { arrivalsPerSecond: null, completionsPerSecond: null, capacityPerWorker: null }],
    [
      'after one look what workers can do, by all that they ever did',
      [both(100, 4_000, 8_000)],
      { arrivalsPerSecond: null, completionsPerSecond: null, capacityPerWorker: 2_000 },
    ],
    [
      'all of it after two',
      [both(100, 4_000, 8_000), both(600, 5_000, 8_500)],
      { arrivalsPerSecond: 100, completionsPerSecond: 100 },
    ],
    [
      'that nothing is done where nobody works',
      [{ members: [] }, { members: [] }],
      { completionsPerSecond: 0, capacityPerWorker: null },
    ],
    [
      'no arrivals from streams that could not be seen',
      [added(0), added(500), { streams: null }],
      { arrivalsPerSecond: null },
    ],
    [
      'arrivals again with the next look, over all of the time',
      [added(0), added(500), { streams: null }, added(1_500)],
      { arrivalsPerSecond: 100 },
    ],
    [
      'only what workers can do while they cannot be seen',
      [worked(1_000, 500), worked(2_000, 1_000), { members: null }],
      { completionsPerSecond: null, capacityPerWorker: 500 },
    ],
    [
      'no less of what they can do for the time in which nobody could look',
      [worked(1_000, 500), worked(2_000, 1_000), { members: null }, worked(9_000, 1_001), worked(14_000, 3_501)],
      { completionsPerSecond: 500, capacityPerWorker: 500 },
    ],
    [
      'only what workers could do when they do not say any longer',
      [worked(1_000, 500), worked(2_000, 1_000), worked(null, null, 'of-old')],
      { completionsPerSecond: null, capacityPerWorker: 500 },
    ],
    [
      'no tail of an average that never ends',
      [added(0), added(1), ...Array(120).fill(added(1))],
      { arrivalsPerSecond: 0 },
    ],
  ])('%s', (_sentence, looks, load) => {
    expect(loadAfter(...looks)).toMatchObject(load)
  })

  test('no more for a second look at the same moment', () => {
    const looks = [both(0, 0, 0), both(500, 4_000, 400)]
    const memory = looks.reduce<LoadMemory>((before, look, i) => foldLoad(before, look, i * 5_000).memory, NO_LOAD)
    expect(foldLoad(memory, both(900, 9_000, 900), 5_000).load).toEqual(memory.load)
  })

  test('the same of a memory that was written as JSON in between', () => {
    const looks = [both(0, 0, 0), both(500, 4_000, 400), both(900, 6_000, 900), both(1_800, 6_100, 950)]
    const last = looks.reduce<LoadMemory>(
      (memory, look, i) => foldLoad(JSON.parse(JSON.stringify(memory)) as LoadMemory, look, i * 5_000).memory,
      NO_LOAD,
    )
    expect(last.load).toEqual(loadAfter(...looks))
  })
})
