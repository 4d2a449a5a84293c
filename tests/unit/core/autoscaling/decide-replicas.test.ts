import { expect, test } from 'vitest'
import { decideReplicas } from '../../../../core/autoscaling/decide-replicas.ts'
import { asked, type Change, DRAINED, NOW, streamOf } from './asked.ts'

const AT_ZERO = { replicas: 0, ready: 0 }
const ALONE = { replicas: 1, ready: 1 }

test.each<readonly [string, Change, number, string]>([
  ['two workers that keep up stay', {}, 2, 'Steady'],
  [
    'what one worker gets done in nine tenths of its time keeps it',
    { fleet: ALONE, load: { arrivalsPerSecond: 900 } },
    1,
    'Steady',
  ],
  ['a little more is tolerated', { fleet: ALONE, load: { arrivalsPerSecond: 940 } }, 1, 'Steady'],
  ['more than that is not', { fleet: ALONE, load: { arrivalsPerSecond: 950 } }, 2, 'ArrivalsGrow'],
  ['as many at once as the load asks for', { load: { arrivalsPerSecond: 5_000 } }, 7, 'ArrivalsGrow'],
  ['what waits has to be done within the target', { source: { backlog: 90_000 } }, 6, 'BacklogGrows'],
  ['a source that cannot be reached holds', { source: { unreachable: 'ECONNREFUSED' } }, 2, 'HoldUnknown'],
  ['a database that cannot be reached holds', { database: { unreachable: 'ECONNREFUSED' } }, 2, 'HoldUnknown'],
  ['an exporter that cannot be asked holds', { signals: undefined, trouble: 'timed out' }, 2, 'HoldUnknown'],
  ['an unknown backlog holds', { source: { backlog: null } }, 2, 'HoldUnknown'],
  [
    'at zero an unknown backlog stays there',
    { fleet: AT_ZERO, source: { backlog: null, isDrained: null } },
    0,
    'HoldUnknown',
  ],
  ['at zero with nothing to do it stays there', { ...DRAINED, fleet: AT_ZERO }, 0, 'Idle'],
  [
    'one entry wakes one worker',
    { ...DRAINED, fleet: AT_ZERO, source: { backlog: 1, isDrained: false, streams: [streamOf('orders', 1)] } },
    1,
    'Woken',
  ],
  ['a mark wakes', { ...DRAINED, fleet: AT_ZERO, database: { marks: 1 } }, 1, 'Woken'],
  ['an overdue row wakes', { ...DRAINED, fleet: AT_ZERO, database: { overdueNextChanges: 1 } }, 1, 'Woken'],
  [
    'a reference that has come wakes',
    { ...DRAINED, fleet: AT_ZERO, database: { resolvableReferences: 1 } },
    1,
    'Woken',
  ],
  ['nothing to do for long enough is none', { ...DRAINED, memory: { idleSinceMs: NOW - 300_000 } }, 0, 'Idle'],
  ['a rollout holds', { fleet: { isRollingOut: true }, load: { arrivalsPerSecond: 9_000 } }, 2, 'HoldRollout'],
  ['a suspended fleet holds', { fleet: { isSuspended: true }, load: { arrivalsPerSecond: 9_000 } }, 2, 'HoldSuspended'],
  [
    'a crash loop is not helped by more',
    { fleet: { ready: 1, failing: 'CrashLoopBackOff' }, load: { arrivalsPerSecond: 9_000 } },
    2,
    'HoldFailing',
  ],
])('%s', (_name, change, replicas, reason) => {
  const { decision } = decideReplicas(asked(change))
  expect(decision).toMatchObject({ replicas, reason })
})

test.each(['External', 'Off'] as const)('mode %s leaves it to others', (mode) => {
  expect(decideReplicas(asked({ settings: { mode } })).decision).toBeUndefined()
})

test('mode Advisory says what it would do, and asks for what is there', () => {
  const { decision } = decideReplicas(asked({ settings: { mode: 'Advisory' }, load: { arrivalsPerSecond: 5_000 } }))
  expect(decision).toMatchObject({ replicas: 2, wanted: 7, reason: 'ArrivalsGrow' })
})
