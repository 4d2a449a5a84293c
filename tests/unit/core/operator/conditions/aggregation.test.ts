import { expect, test } from 'vitest'
import { type AggregationSeen, aggregationHealthy } from '../../../../../core/operator/conditions/aggregation.ts'
import type { AggregationSignals } from '../../../../../core/signals/pipeline-signals.ts'
import { signals } from '../world.ts'

const RUN: AggregationSignals = {
  day: '2026-02-28',
  state: 'succeeded',
  startedAt: '2026-03-01T02:00:00Z',
  finishedAt: '2026-03-01T02:00:03Z',
  successful: 20,
  failed: 0,
  mismatches: 0,
  compared: 20,
}

const AGAIN = 'To start one now: kubectl create job flights-aggregation-by-hand --from=cronjob/flights-aggregation'

function seen(run: Partial<AggregationSignals>): AggregationSeen {
  return {
    signals: signals({}, { lastAggregation: { ...RUN, ...run } }),
    exporterTrouble: undefined,
    cronJob: 'flights-aggregation',
    isSuspended: false,
    failure: undefined,
  }
}

test.each([
  ['a run that went well', {}, 'Succeeded', 'the run of 2026-02-28 wrote the rows of 20 entities'],
  ['one about a single entity', { successful: 1 }, 'Succeeded', 'the run of 2026-02-28 wrote the rows of 1 entity'],
  [
    'one with a failure',
    { state: 'failed' as const, failed: 1 },
    'Failed',
    `1 entity failed in the run of 2026-02-28; its log names them. ${AGAIN}`,
  ],
  [
    'one with several',
    { state: 'failed' as const, failed: 3 },
    'Failed',
    `3 entities failed in the run of 2026-02-28; its log names them. ${AGAIN}`,
  ],
])('%s', (_sentence, run, reason, message) => {
  expect(aggregationHealthy(seen(run))).toMatchObject({ reason, message })
})
