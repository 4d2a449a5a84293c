import { expect, test } from 'vitest'
import type { PipelineSignals } from '../../../../core/signals/pipeline-signals.ts'
import { saysNothingNew } from '../../../../core/signals/says-nothing-new.ts'
import { signals } from '../operator/world.ts'

const MEMBER = { name: 'a', lastBeatAgeMs: 100, startedAt: '2026-03-01T08:00:00Z', busyMs: 5_000, entriesDone: 700 }

const LATER = '2026-03-01T12:00:05.000Z'

function silentFor(lastBeatAgeMs: number): PipelineSignals {
  return signals({}, { members: [{ ...MEMBER, lastBeatAgeMs }] })
}

const KNOWN = silentFor(100)

test.each<[sentence: string, before: PipelineSignals, now: unknown]>([
  ['when it was looked at', KNOWN, { ...KNOWN, observedAt: LATER, source: { ...KNOWN.source, observedAt: LATER } }],
  ['how long ago one gave a sign of life that is alive', KNOWN, silentFor(4_999)],
  ['how long one has been silent that is gone', silentFor(60_000), silentFor(61_000)],
])('%s is nothing new', (_sentence, before, now) => {
  expect([saysNothingNew(before, now), saysNothingNew(now as PipelineSignals, before)]).toEqual([true, true])
})

test.each<[sentence: string, before: PipelineSignals, now: unknown]>([
  ['that a member holds its shards no longer', silentFor(4_999), silentFor(5_000)],
  ['that a member is not alive any more', silentFor(5_000), silentFor(5_001)],
  ['that an entry was done', KNOWN, signals({}, { members: [{ ...MEMBER, entriesDone: 701 }] })],
  ['that one entry more came', KNOWN, { ...KNOWN, load: { ...KNOWN.load, arrivalsPerSecond: 0.001 } }],
  ['that the source is not reached', KNOWN, { ...KNOWN, source: { unreachable: 'refused' } }],
  ['an age that is no number', KNOWN, signals({}, { members: [{ ...MEMBER, lastBeatAgeMs: '100' as never }] })],
  ['a time that is no text', KNOWN, { ...KNOWN, observedAt: 1 }],
  ['a field that came', KNOWN, { ...KNOWN, further: 1 }],
  ['nothing at all', KNOWN, undefined],
])('%s is new', (_sentence, before, now) => {
  expect(saysNothingNew(before, now)).toBe(false)
})
