import { expect, test } from 'vitest'
import type { CompositeSignals, PipelineSignals } from '../../../../core/signals/pipeline-signals.ts'
import { signalsChanged } from '../../../../core/signals/signals-changed.ts'
import { signals } from '../operator/world.ts'

const MEMBER = { name: 'a', lastBeatAgeMs: 100, startedAt: '2026-03-01T08:00:00Z', busyMs: 5_000, entriesDone: 700 }
const STREAM = {
  stream: 'flights',
  backlog: 0,
  backlogIs: 'exact',
  pending: 0,
  length: 10,
  entriesAdded: 10,
  state: 'ok',
} as const
const SCORE: CompositeSignals = {
  scope: 'pipeline',
  value: '76.00',
  sampleSize: 10,
  asOf: '2026-03-01T12:00:00Z',
  ageMs: 1_000,
  holder: 'a',
}
const BEFORE = loaded({})

/** One worker, one stream, 1,000 entries a second. */
function loaded(load: Partial<PipelineSignals['load']>, ...parts: Parameters<typeof signals>): PipelineSignals {
  const [source = {}, database = {}] = parts
  return {
    ...signals({ streams: [STREAM], ...source }, { members: [MEMBER], composites: [SCORE], ...database }),
    load: { arrivalsPerSecond: 1_000, completionsPerSecond: 1_000, capacityPerWorker: 4_000, ...load },
  }
}

function scored(change: Partial<CompositeSignals>): PipelineSignals {
  return loaded({}, {}, { composites: [{ ...SCORE, ...change }] })
}

test.each<[sentence: string, now: PipelineSignals | undefined, isNews: boolean]>([
  ['nothing', BEFORE, false],
  ['that time went by', { ...BEFORE, observedAt: '2026-03-01T12:00:05.000Z' }, false],
  ['that a worker is alive', loaded({}, {}, { members: [{ ...MEMBER, lastBeatAgeMs: 900 }] }), false],
  ['that a mark has waited for longer', loaded({}, {}, { members: [MEMBER], oldestMarkAgeMs: 5 }), false],
  ['that entries came', loaded({}, { streams: [{ ...STREAM, length: 99, entriesAdded: 99 }] }), false],
  ['that entries were done', loaded({}, {}, { members: [{ ...MEMBER, busyMs: 6_000, entriesDone: 900 }] }), false],
  ['that a few more came than usual', loaded({ arrivalsPerSecond: 1_030 }), false],
  ['that far more come', loaded({ arrivalsPerSecond: 1_500 }), true],
  ['that far fewer get done', loaded({ completionsPerSecond: 500 }), true],
  ['that nothing comes any longer', loaded({ arrivalsPerSecond: 0 }), true],
  ['that nobody knows how many come', loaded({ arrivalsPerSecond: null }), true],
  ['that workers can do less', loaded({ capacityPerWorker: 2_000 }), true],
  ['that a score got a little older', scored({ ageMs: 1_050 }), false],
  ['that a score got old', scored({ ageMs: 30_000 }), true],
  ['that there is another score', scored({ asOf: '2026-03-01T12:00:10Z' }), true],
  ['that something waits', loaded({}, { backlog: 1, isDrained: false }), true],
  ['that an event has waited for longer', loaded({}, { oldestEventAgeMs: 5_000 }), true],
  ['how well the backlog is known', loaded({}, { backlogIs: 'at-least' }), true],
  ['that there is a mark', loaded({}, {}, { members: [MEMBER], marks: 1 }), true],
  ['that a worker is gone', loaded({}, {}, { members: [] }), true],
  ['that nothing is known', undefined, true],
])('of what was seen before this is news: %s (%#)', (_sentence, now, isNews) => {
  expect([signalsChanged(BEFORE, now), signalsChanged(now, BEFORE)]).toEqual([isNews, isNews])
})

test('that nothing comes is other news than that nobody knows', () => {
  expect(signalsChanged(loaded({ arrivalsPerSecond: 0 }), loaded({ arrivalsPerSecond: null }))).toBe(true)
})
