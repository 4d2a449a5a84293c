import { expect, test } from 'vitest'
import { explainFixed, explainScaling } from '../../../cli/up/explain-scaling.ts'
import type { LocalScaling } from '../../../cli/up/state-folder.ts'
import { type ShopOptions, shopPipeline } from '../../support/shop-manifest.ts'

const SCALING: LocalScaling = {
  settings: { mode: 'Internal', minReplicas: 0, maxReplicas: 8, targetLatencyMs: 30_000, idleAfterMs: 300_000 },
  decidedAt: '2026-03-02T09:30:00.000Z',
  seenAt: '2026-03-02T09:30:12.000Z',
  lastScaleAt: '2026-03-02T09:30:00.000Z',
  decision: {
    replicas: 4,
    wanted: 4,
    raw: 4,
    reason: 'BacklogGrows',
    message: '4 workers instead of 1: so it says',
    inputs: {
      backlog: 12_400,
      backlogIs: 'at-least',
      pending: 500,
      oldestEventAgeMs: 4_200,
      arrivalsPerSecond: 1_200,
      completionsPerSecond: 400.4,
      capacityPerWorker: 412.5,
      marks: 12,
      resolvableReferences: 0,
      overdueNextChanges: 0,
      ready: 1,
    },
  },
}

test('why there are as many as there are, from what was seen, and what was wanted', () => {
  expect(explainScaling('shops', SCALING)).toBe(`shops is to have 4 workers.
BacklogGrows, since 2026-03-02T09:30:00.000Z: 4 workers instead of 1: so it says

What was seen at 2026-03-02T09:30:12.000Z:
  backlog                     12,400, at least
  of it pending               500
  oldest event                4.2 s old
  arrivals                    1,200 a second
  done                        400 a second
  one worker can do           413 a second
  marks                       12
  references that have come   0
  overdue rows                0
  workers ready               1

What was wanted: 0 to 8 workers, no event older than 30 s, none after 5 min with nothing to do.
Their number last changed at 2026-03-02T09:30:00.000Z.
`)
})

test.each<[sentence: string, options: ShopOptions, why: string]>([
  ['it is suspended', { suspend: true }, 'suspend is true'],
  ['its file says so', { scaling: { mode: 'Off' } }, 'scaling.mode is Off'],
  ['the command line does', { scaling: {} }, 'mp up was told so by --workers, or has just been started'],
])('nobody changes the number where %s', (_sentence, options, why) => {
  const { spec } = shopPipeline(options).pipeline
  expect(explainFixed('shops', 1, spec)).toBe(`shops has 1 worker here, whatever its backlog: ${why}.\n`)
})

const { decision } = SCALING

test.each<[sentence: string, change: Partial<LocalScaling>, line: string]>([
  ['none', { decision: { ...decision, replicas: 0 } }, 'shops is to have no worker.'],
  [
    'what would be, in mode Advisory',
    { settings: { ...SCALING.settings, mode: 'Advisory' }, decision: { ...decision, replicas: 1 } },
    'shops is to have 1 worker; by its backlog it would have 4.',
  ],
  [
    'that something is unknown',
    { decision: { ...decision, inputs: { ...decision.inputs, backlog: null, backlogIs: null } } },
    '  backlog                     unknown',
  ],
  ['that nothing was changed', { lastScaleAt: null }, 'Their number has not changed since mp up was started.'],
])('it says %s', (_sentence, change, line) => {
  expect(explainScaling('shops', { ...SCALING, ...change }).split('\n')).toContain(line)
})
