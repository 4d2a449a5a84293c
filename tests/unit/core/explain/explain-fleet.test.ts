import { expect, test } from 'vitest'
import { BUSY_SHARE } from '../../../../core/autoscaling/demand.ts'
import { stabilisationWindowMs } from '../../../../core/autoscaling/stabilisation.ts'
import { grouped, lasting } from '../../../../core/autoscaling/wording.ts'
import { explainFleet } from '../../../../core/explain/explain-fleet.ts'
import type { FleetFacts } from '../../../../core/explain/fleet-facts.ts'
import type { AutoscalingStatus } from '../../../../core/operator/status.ts'
import type { ScalingSpec } from '../../../../core/pipeline/spec.ts'

const NOW = '2026-03-01T12:02:00Z'

const SCALING: ScalingSpec = {
  mode: 'Internal',
  minReplicas: 0,
  maxReplicas: 8,
  targetLatency: '30s',
  idleAfter: '5m',
}

const STATUS: AutoscalingStatus = {
  mode: 'Internal',
  replicas: 3,
  wanted: 3,
  reason: 'Steady',
  message: '3 workers suffice',
  decidedAt: '2026-03-01T12:00:00Z',
  arrivalsPerSecond: 1230,
  capacityPerWorker: 988,
}

const FACTS: FleetFacts = {
  pipeline: 'flights',
  scaling: SCALING,
  status: STATUS,
  ready: 2,
  backlog: 12_400,
  oldestEventAge: '14s',
  troubles: [],
  changes: [],
}

const explain = (facts: Partial<FleetFacts>, status: Partial<AutoscalingStatus> = {}) =>
  explainFleet({ ...FACTS, status: { ...STATUS, ...status }, ...facts }, NOW).join('\n')

test('a fleet under load, word for word', () => {
  const changes = [
    { at: '2026-03-01T12:00:00.5Z', what: 'ScaledUp', why: 'from 1 to 3 workers: 12,400 entries wait' },
    { at: '2026-03-01T11:00:00Z', what: 'Woken', why: 'from 0 to 1 workers: 1 entry to do' },
  ]
  expect(explain({ changes, troubles: ['Parity is False (Mismatches): 2 rows differ'] })).toBe(
    `flights is to have 3 workers, 2 ready (mode Internal)

Why:      Steady: 3 workers suffice
Since:    12:00:00Z, 2 min ago
Seen:     12,400 entries wait, the oldest for 14s; 1,230 a second come in; one worker gets 988 a second done
Bounds:   0 to 8 workers, targetLatency 30s, idleAfter 5m
More:     from about ${grouped(3 * 988 * BUSY_SHARE)} entries a second coming in, or 88,920 waiting
Fewer:    when fewer have been enough for ${lasting(stabilisationWindowMs(30_000))}
None:     when there has been nothing to do for 5 min
Trouble:  Parity is False (Mismatches): 2 rows differ

Last changes
12:00:00Z (2 min ago)  ScaledUp  from 1 to 3 workers: 12,400 entries wait
11:00:00Z (1 h 2 min ago)  Woken     from 0 to 1 workers: 1 entry to do`,
  )
})

test.each<[string, Partial<FleetFacts>, Partial<AutoscalingStatus>, string]>([
  [
    'at zero: the first entry',
    {},
    { replicas: 0 },
    'More:     with the first entry, mark or overdue row, within seconds',
  ],
  ['at the most: another bound', {}, { replicas: 8 }, 'More:     not before maxReplicas is more than 8'],
  [
    'idle: when the last worker goes',
    {},
    { replicas: 1, idleSince: '2026-03-01T12:01:00Z' },
    'None:     in 4 min if nothing comes: there has been nothing to do since 12:01:00Z',
  ],
  ['nothing is known yet', { backlog: undefined }, {}, 'Seen:     the backlog is unknown; 1,230 a second come in'],
  [
    'Off: replicas',
    { scaling: { ...SCALING, mode: 'Off' } },
    { mode: 'Off' },
    'Change:   spec.workers.replicas, or kubectl scale',
  ],
  [
    'External: the other scaler',
    { scaling: { ...SCALING, mode: 'External' } },
    { mode: 'External' },
    'Change:   whatever scales the pipeline: kubectl get hpa,scaledobject',
  ],
  ['suspended: go on', {}, { reason: 'HoldSuspended', replicas: 0 }, 'Change:   spec.suspend: false'],
])('what would change it, %s', (_sentence, facts, status, expected) => {
  expect(explain(facts, status)).toContain(expected)
})

test.each<[string, Partial<FleetFacts>, Partial<AutoscalingStatus>, string]>([
  ['fewer, where there is one', {}, { replicas: 1 }, 'Fewer:'],
  ['none, where some are to stay', { scaling: { ...SCALING, minReplicas: 1 } }, {}, 'None:'],
  ['none, where none is', {}, { replicas: 0 }, 'None:'],
])('does not speak of %s', (_sentence, facts, status, unexpected) => {
  expect(explain(facts, status)).not.toContain(unexpected)
})

test('a pipeline whose plan is not in force yet', () => {
  const troubles = [
    'MigrationsApplied is False (Migrating): the migration runs',
    'WorkersAvailable is False (NotStarted): no worker was started yet',
  ]
  expect(explainFleet({ ...FACTS, status: undefined, troubles }, NOW)).toEqual([
    'flights has no workers yet: no plan of it is in force',
    `Trouble:  ${troubles[0]}`,
    `          ${troubles[1]}`,
  ])
})
