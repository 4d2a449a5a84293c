import { expect, test } from 'vitest'
import { type CompositeSeen, compositeFresh } from '../../../../../core/operator/conditions/composite-fresh.ts'
import type { CompositeSignals } from '../../../../../core/signals/pipeline-signals.ts'
import { signals } from '../world.ts'

const SCORE: CompositeSignals = {
  scope: 'pipeline',
  value: '76.00',
  sampleSize: 10,
  asOf: '2026-03-01T11:59:50+00:00',
  ageMs: 10_000,
  holder: 'flights-worker-0',
}

const SEEN: CompositeSeen = {
  signals: signals({}, { composites: [SCORE] }),
  exporterTrouble: undefined,
  composite: { strategy: 'Hybrid', minInterval: '10s', maxStale: '30s', eventThreshold: 100, historyLimit: 10 },
  scopes: ['pipeline'],
  awaitedMs: 0,
  isSuspended: false,
  isAsleep: false,
}

function aged(...agesMs: readonly number[]): CompositeSeen['signals'] {
  const groups = agesMs.map((ageMs, index) => ({ ...SCORE, scope: `region=${index}`, ageMs }))
  return signals({}, { composites: [{ ...SCORE, ageMs: 0 }, ...groups] })
}

test.each<[string, Partial<CompositeSeen>, string, string, string]>([
  ['one that is young', {}, 'True', 'Fresh', 'the score of pipeline is as of 2026-03-01T11:59:50+00:00'],
  [
    'as old as it may be',
    { signals: aged(30_000) },
    'True',
    'Fresh',
    'the score of region=0 is as of 2026-03-01T11:59:50+00:00',
  ],
  [
    'the oldest of several',
    { signals: aged(1_000, 31_000, 2_000) },
    'False',
    'Stale',
    'the score of region=1 is as of 2026-03-01T11:59:50+00:00, longer ago than 30s; the log of the workers says why',
  ],
  [
    'an old one of a fleet that sleeps',
    { signals: aged(3_600_000), isAsleep: true },
    'False',
    'ScaledToZero',
    'the score of region=0 is as of 2026-03-01T11:59:50+00:00, and nothing has come since; no worker runs',
  ],
  [
    'an old one of a fleet that is suspended',
    { signals: aged(3_600_000), isSuspended: true, isAsleep: true },
    'False',
    'Suspended',
    'the score of region=0 is as of 2026-03-01T11:59:50+00:00; no worker runs, for spec.suspend is true',
  ],
  [
    'an old one where events alone make a new one',
    { signals: aged(3_600_000), composite: { ...SEEN.composite, strategy: 'EventBased' } },
    'True',
    'Fresh',
    'the score of region=0 is as of 2026-03-01T11:59:50+00:00',
  ],
  [
    'none of a scope that others stand beside',
    { scopes: ['pipeline', 'region=North'], awaitedMs: 29_000 },
    'Unknown',
    'NotYetCalculated',
    'the score of region=North was not calculated so far',
  ],
  [
    'none of a scope for too long',
    { scopes: ['pipeline', 'region=North'], awaitedMs: 31_000 },
    'False',
    'NeverCalculated',
    'the score of region=North was not calculated for longer than 30s; the log of the workers says why',
  ],
  [
    'none at all for too long, though workers run',
    { signals: signals(), awaitedMs: 31_000 },
    'False',
    'NeverCalculated',
    'no score was calculated for longer than 30s; the log of the workers says why',
  ],
  [
    'none, and nobody who could calculate one',
    { signals: signals(), awaitedMs: 31_000, isAsleep: true },
    'Unknown',
    'NotYetCalculated',
    'no score was calculated so far',
  ],
  ['none', { signals: signals() }, 'Unknown', 'NotYetCalculated', 'no score was calculated so far'],
  ['nothing to be seen', { signals: undefined }, 'Unknown', 'ExporterSilent', 'the exporter cannot be asked'],
])('%s', (_sentence, seen, status, reason, message) => {
  expect(compositeFresh({ ...SEEN, ...seen })).toEqual({ status, reason, message })
})
