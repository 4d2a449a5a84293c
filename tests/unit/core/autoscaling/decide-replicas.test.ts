import { describe, expect, test } from 'vitest'
import { decideReplicas } from '../../../../core/autoscaling/decide-replicas.ts'
import { EMPTY_MEMORY } from '../../../../core/autoscaling/scaling-memory.ts'
import { asked, at, type Change, DRAINED, membersDone, NOW, streamOf } from './asked.ts'

type Row = readonly [sentence: string, change: Change, replicas: number, reason: string]

function judges(rows: readonly Row[]): void {
  test.each(rows)('%s', (_sentence, change, replicas, reason) => {
    expect(decideReplicas(asked(change)).decision).toMatchObject({ replicas, reason })
  })
}

const AT_ZERO = { replicas: 0, ready: 0 }
const ALONE = { replicas: 1, ready: 1 }
const EIGHT = { replicas: 8, ready: 8 }
const ONE_WAITS = { backlog: 1, pending: 0, isDrained: false, streams: [streamOf('orders', 1)] }
const PRIOR = { capacity: { perWorker: 1_000, proven: 1_000, share: 1 } }

/** That so many were enough for so long that nothing else holds them. */
const windowOf = (workers: number) => ({
  decidedAtMs: NOW - 2_000,
  recommendations: [{ atMs: NOW - 140_000, workers }],
  roomSinceMs: NOW - 200_000,
})

describe('enough workers for what comes in', () => {
  judges([
    ['two that keep up stay', {}, 2, 'Steady'],
    ['one is used for nine tenths of its time', { fleet: ALONE, load: { arrivalsPerSecond: 900 } }, 1, 'Steady'],
    ['a little more is tolerated', { fleet: ALONE, load: { arrivalsPerSecond: 940 } }, 1, 'Steady'],
    ['more than that is not', { fleet: ALONE, load: { arrivalsPerSecond: 950 } }, 2, 'ArrivalsGrow'],
    ['as many at once as the load asks for', { load: { arrivalsPerSecond: 4_000 } }, 6, 'ArrivalsGrow'],
    ['those that start are counted on', { fleet: { replicas: 6 }, load: { arrivalsPerSecond: 4_000 } }, 6, 'Starting'],
    ['no further than maxReplicas', { fleet: EIGHT, load: { arrivalsPerSecond: 9_000 } }, 8, 'AtMaximum'],
    [
      'no further than there are shards',
      { ceilings: { shards: 4 }, fleet: { replicas: 4, ready: 4 }, load: { arrivalsPerSecond: 9_000 } },
      4,
      'LimitedByShards',
    ],
    [
      'no further than the connections reach',
      { ceilings: { connections: 3 }, fleet: { replicas: 3, ready: 3 }, load: { arrivalsPerSecond: 9_000 } },
      3,
      'LimitedByConnections',
    ],
    [
      'from one worker nine at most in one step',
      { fleet: ALONE, settings: { maxReplicas: 64 }, load: { arrivalsPerSecond: 40_000 } },
      9,
      'ArrivalsGrow',
    ],
    [
      'five would do no more than four do for eight shards: either four or eight',
      { ceilings: { shards: 8 }, load: { arrivalsPerSecond: 3_700 } },
      8,
      'ArrivalsGrow',
    ],
    [
      'three for eight shards: one of them has three',
      { ceilings: { shards: 8 }, load: { arrivalsPerSecond: 2_600 } },
      4,
      'ArrivalsGrow',
    ],
    [
      'of eight that are wanted for eight shards six bring no more than four',
      { ceilings: { shards: 8 }, settings: { maxReplicas: 6 }, load: { arrivalsPerSecond: 5_500 } },
      4,
      'ArrivalsGrow',
    ],
    [
      'workers that bring less side by side than alone count for less',
      { memory: { capacity: { ...PRIOR.capacity, share: 0.5 } }, load: { arrivalsPerSecond: 1_400 } },
      4,
      'ArrivalsGrow',
    ],
  ])
})

describe('what waits is done within the target', () => {
  judges([
    ['no more for what two do in time', { source: { backlog: 30_000 } }, 2, 'Steady'],
    ['more for more', { source: { backlog: 90_000 } }, 6, 'BacklogGrows'],
    [
      'more for a shorter target',
      { source: { backlog: 30_000 }, settings: { targetLatencyMs: 15_000 } },
      7,
      'BacklogGrows',
    ],
    [
      'what comes in while they start waits as well',
      { fleet: { replicas: 2, ready: 0 }, source: { backlog: 0 }, load: { arrivalsPerSecond: 2_000 } },
      3,
      'ArrivalsGrow',
    ],
    [
      'too old, and it gets no better',
      { source: { backlog: 20_000, oldestEventAgeMs: 40_000 }, load: { completionsPerSecond: 1_010 } },
      3,
      'AgeAboveTarget',
    ],
    [
      'too old, but done soon',
      { source: { backlog: 20_000, oldestEventAgeMs: 40_000 }, load: { completionsPerSecond: 2_000 } },
      2,
      'CatchingUp',
    ],
    [
      'too old, but a step was taken a moment ago',
      {
        source: { backlog: 20_000, oldestEventAgeMs: 40_000 },
        load: { completionsPerSecond: 1_010 },
        memory: { lastScaleAtMs: NOW - 5_000 },
      },
      2,
      'CatchingUp',
    ],
    [
      'a few that a lost worker left behind are claimed, not outnumbered',
      { source: { backlog: 500, pending: 500, oldestEventAgeMs: 40_000 } },
      2,
      'CatchingUp',
    ],
    [
      'what waits in one of eight shards is one worker’s work',
      {
        ceilings: { shards: 8 },
        source: { backlog: 90_000, streams: [90_000, 0, 0, 0, 0, 0, 0, 0].map((n, i) => streamOf(`orders:{${i}}`, n)) },
      },
      2,
      'HotShard',
    ],
  ])
})

describe('who gets nothing done is not helped', () => {
  const more = { load: { arrivalsPerSecond: 9_000 } }
  const stuck = { progress: { done: 7, marks: 0, databaseAt: at(NOW - 5_000), movedAt: at(NOW - 8_000) } }
  const still = membersDone(7)
  const limit = { from: 1, to: 2, beforePerSecond: 1_000, afterPerSecond: 1_010, arrivalsPerSecond: 9_000 }
  const trial = { from: 1, to: 2, wanted: 2, beforePerSecond: 1_000, arrivalsPerSecond: 9_000, since: null }
  judges([
    ['by more in a crash loop', { ...more, fleet: { ready: 1, failing: 'CrashLoopBackOff' } }, 2, 'HoldFailing'],
    ['even when no more are wanted that is said', { fleet: { ready: 1, failing: 'Unschedulable' } }, 2, 'HoldFailing'],
    ['by more beside a rollout', { ...more, fleet: { isRollingOut: true } }, 2, 'HoldRollout'],
    ['by more while suspended', { ...more, fleet: { isSuspended: true } }, 2, 'HoldSuspended'],
    [
      'ready, and nothing moves for some seconds',
      { ...more, memory: stuck, database: { members: still } },
      2,
      'ProgressStalled',
    ],
    ['something moved', { memory: stuck, database: { members: membersDone(8) } }, 2, 'Steady'],
    [
      'marks that get fewer are progress',
      { memory: { progress: { ...stuck.progress, marks: 5 } }, database: { marks: 4, members: still } },
      2,
      'Steady',
    ],
    [
      'as many as before are done',
      {
        ...more,
        source: { backlog: 90_000 },
        load: { arrivalsPerSecond: 9_000, completionsPerSecond: 1_010 },
        memory: { effect: { trial: null, limit } },
      },
      2,
      'IneffectiveScaleUp',
    ],
    [
      'as many as before were done, but the load is another',
      {
        ...more,
        source: { backlog: 90_000 },
        memory: { effect: { trial: null, limit: { ...limit, arrivalsPerSecond: 5_000 } } },
      },
      8,
      'BacklogGrows',
    ],
    [
      'it is not known yet what those bring that came last',
      { ...more, memory: { effect: { trial, limit: null } } },
      2,
      'Settling',
    ],
  ])
})

describe('what is not known', () => {
  judges([
    ['a source that cannot be reached holds', { source: { unreachable: 'ECONNREFUSED' } }, 2, 'HoldUnknown'],
    ['a database that cannot be reached holds', { database: { unreachable: 'ECONNREFUSED' } }, 2, 'HoldUnknown'],
    ['a database that is not migrated holds', { database: { migrated: false } }, 2, 'HoldUnknown'],
    ['an exporter that cannot be asked holds', { signals: undefined, trouble: 'timed out' }, 2, 'HoldUnknown'],
    ['an unknown backlog holds', { source: { backlog: null } }, 2, 'HoldUnknown'],
    [
      'an unknown rate of arrivals takes none away',
      { ...DRAINED, load: { arrivalsPerSecond: null } },
      2,
      'HoldUnknown',
    ],
    [
      'an unknown rate of arrivals adds for what waits',
      { source: { backlog: 90_000 }, load: { arrivalsPerSecond: null } },
      5,
      'BacklogGrows',
    ],
    [
      'a look that was seen half a minute ago holds',
      { memory: { looked: { observedAt: new Date(NOW).toISOString(), atMs: NOW - 31_000 } } },
      2,
      'HoldUnknown',
    ],
    ['at zero it stays at zero', { fleet: AT_ZERO, source: { unreachable: 'ECONNREFUSED' } }, 0, 'HoldUnknown'],
    [
      'at zero with an unknown backlog',
      { fleet: AT_ZERO, source: { backlog: null, isDrained: null } },
      0,
      'HoldUnknown',
    ],
    [
      'at zero with an unknown backlog that is none',
      { fleet: AT_ZERO, source: { backlog: null, isDrained: false } },
      1,
      'Woken',
    ],
    [
      'at zero with entries that may not have been delivered',
      { ...DRAINED, fleet: AT_ZERO, source: { ...DRAINED.source, isDrained: null } },
      0,
      'HoldUnknown',
    ],
    [
      'what one worker gets done: one more when it is late',
      { source: { backlog: 100, oldestEventAgeMs: 40_000 }, load: { capacityPerWorker: null } },
      3,
      'Learning',
    ],
    ['and none while it is not', { source: { backlog: 100 }, load: { capacityPerWorker: null } }, 2, 'Learning'],
    [
      'what it got done before is remembered',
      { memory: PRIOR, load: { capacityPerWorker: null, arrivalsPerSecond: 4_000 } },
      6,
      'ArrivalsGrow',
    ],
    [
      'what idle workers seem to get done counts for no less than what they did when busy',
      { memory: PRIOR, load: { capacityPerWorker: 300, completionsPerSecond: 100, arrivalsPerSecond: 1_400 } },
      2,
      'Steady',
    ],
  ])
})

describe('fewer', () => {
  const little = { load: { arrivalsPerSecond: 300 }, memory: windowOf(1) }
  judges([
    ['when no more were needed for a whole window', little, 1, 'LoadFell'],
    ['not before', { ...little, memory: windowOf(2) }, 2, 'Stabilising'],
    [
      'not when nobody looked for a while',
      { ...little, memory: { ...windowOf(1), decidedAtMs: NOW - 61_000 } },
      2,
      'Stabilising',
    ],
    ['to the most that was needed within it', { ...little, fleet: EIGHT, memory: windowOf(5) }, 5, 'LoadFell'],
    [
      'in one step, when the load has come to rest',
      { ...little, fleet: EIGHT, memory: { ...windowOf(5), roomSinceMs: NOW - 30_000 } },
      8,
      'Stabilising',
    ],
    ['never below minReplicas', { ...little, settings: { minReplicas: 2 } }, 2, 'Steady'],
    ['not on an estimate', { ...little, source: { backlogIs: 'estimated' } }, 2, 'Stabilising'],
    [
      'though more than are counted, if they are young',
      { ...little, source: { backlog: 1_000, backlogIs: 'at-least' } },
      1,
      'LoadFell',
    ],
    [
      'not if they are old',
      { ...little, source: { backlog: 1_000, backlogIs: 'at-least', oldestEventAgeMs: 16_000 } },
      2,
      'Stabilising',
    ],
    [
      'not while the oldest event is older than the target',
      { ...little, source: { oldestEventAgeMs: 31_000 } },
      2,
      'CatchingUp',
    ],
    ['also of a failing fleet', { ...little, fleet: { ready: 1, failing: 'CrashLoopBackOff' } }, 1, 'LoadFell'],
  ])
})

describe('none', () => {
  const looks = { first: at(NOW - 300_000), second: at(NOW - 295_000) }
  const idle = { ...DRAINED, memory: { idleSinceMs: NOW - 300_000, idleLooks: looks } }
  judges([
    ['after nothing to do for idleAfter', idle, 0, 'Idle'],
    ['from any number', { ...idle, fleet: EIGHT }, 0, 'Idle'],
    ['not before', { ...idle, memory: { ...idle.memory, idleSinceMs: NOW - 299_000 } }, 2, 'Stabilising'],
    [
      'not on a look at the database from before the last entries were done',
      { ...idle, database: { observedAt: at(NOW - 296_000) }, fleet: ALONE },
      1,
      'Idle',
    ],
    [
      'not on one look at the source, which may have been under way when they were',
      { ...idle, memory: { ...idle.memory, idleLooks: { first: at(NOW), second: null } }, fleet: ALONE },
      1,
      'Idle',
    ],
    ['not below minReplicas', { ...idle, settings: { minReplicas: 1 }, fleet: ALONE }, 1, 'Idle'],
    ['not with an entry', { ...idle, source: ONE_WAITS, fleet: ALONE }, 1, 'Steady'],
    [
      'not with an entry in hand',
      { ...idle, source: { ...DRAINED.source, pending: 1, isDrained: false }, fleet: ALONE },
      1,
      'Steady',
    ],
    [
      'not while it is open whether all were delivered',
      { ...idle, source: { ...DRAINED.source, isDrained: null }, fleet: ALONE },
      1,
      'Steady',
    ],
    ['not with a mark', { ...idle, database: { marks: 1 }, fleet: ALONE }, 1, 'Steady'],
    [
      'not with a reference that has come',
      { ...idle, database: { resolvableReferences: 1 }, fleet: ALONE },
      1,
      'Steady',
    ],
    [
      'not with a definition that no worker has put in force',
      { ...idle, database: { awaitedRevision: 2 }, fleet: ALONE },
      1,
      'Steady',
    ],
    ['not with an overdue row', { ...idle, database: { overdueNextChanges: 1 }, fleet: ALONE }, 1, 'Steady'],
    [
      'not when an entry came and was done since the last look',
      { ...idle, memory: { ...idle.memory, arrivals: { observedAt: '', added: 99, perSecond: null } }, fleet: ALONE },
      1,
      'Steady',
    ],
    ['not during a rollout', { ...idle, fleet: { isRollingOut: true } }, 2, 'HoldRollout'],
    ['even of a failing fleet', { ...idle, fleet: { ready: 0, failing: 'CrashLoopBackOff' } }, 0, 'Idle'],
  ])
})

describe('from none', () => {
  judges([
    ['nothing to do wakes nobody', { ...DRAINED, fleet: AT_ZERO }, 0, 'Idle'],
    ['one entry wakes one', { ...DRAINED, fleet: AT_ZERO, source: ONE_WAITS }, 1, 'Woken'],
    ['a pending entry wakes one', { ...DRAINED, fleet: AT_ZERO, source: { ...ONE_WAITS, pending: 1 } }, 1, 'Woken'],
    ['a new definition wakes one', { ...DRAINED, fleet: AT_ZERO, database: { awaitedRevision: 2 } }, 1, 'Woken'],
    ['a mark wakes one', { ...DRAINED, fleet: AT_ZERO, database: { marks: 1 } }, 1, 'Woken'],
    ['an overdue row wakes one', { ...DRAINED, fleet: AT_ZERO, database: { overdueNextChanges: 1 } }, 1, 'Woken'],
    [
      'a reference that has come wakes one',
      { ...DRAINED, fleet: AT_ZERO, database: { resolvableReferences: 1 } },
      1,
      'Woken',
    ],
    ['as many as it takes', { fleet: AT_ZERO, source: { backlog: 60_000 } }, 5, 'Woken'],
    [
      'as many as it takes, by what one got done before',
      { fleet: AT_ZERO, source: { backlog: 60_000 }, load: { capacityPerWorker: null }, memory: PRIOR },
      5,
      'Woken',
    ],
    [
      'one, while nobody knows what it gets done',
      { fleet: AT_ZERO, source: { backlog: 60_000 }, load: { capacityPerWorker: null } },
      1,
      'Woken',
    ],
    ['at least minReplicas', { ...DRAINED, fleet: AT_ZERO, settings: { minReplicas: 2 } }, 2, 'OutOfBounds'],
    [
      'also beside a rollout, for there is nobody to roll',
      { ...DRAINED, fleet: { ...AT_ZERO, isRollingOut: true }, source: ONE_WAITS },
      1,
      'Woken',
    ],
  ])
})

describe('what is written into the spec holds', () => {
  judges([
    [
      'whatever is unknown',
      { fleet: EIGHT, settings: { maxReplicas: 4 }, source: { unreachable: 'no' } },
      4,
      'OutOfBounds',
    ],
    ['during a rollout', { settings: { minReplicas: 3 }, fleet: { isRollingOut: true } }, 3, 'OutOfBounds'],
    ['as far as there is room', { settings: { minReplicas: 5 }, ceilings: { connections: 3 } }, 3, 'OutOfBounds'],
  ])
})

describe('a number that somebody else asked for', () => {
  const was = { decidedAtMs: NOW - 2_000, asked: 2 }
  judges([
    ['is put back', { fleet: { replicas: 7 }, memory: was }, 2, 'PutBack'],
    ['is put back from none', { fleet: AT_ZERO, memory: was }, 2, 'PutBack'],
    [
      'is a write that has not arrived yet, when it is the one before',
      { fleet: ALONE, memory: { ...was, askedBefore: 1 } },
      2,
      'Starting',
    ],
    [
      'is a write on its way, when it is a step between',
      {
        fleet: { replicas: 4, ready: 1 },
        load: { arrivalsPerSecond: 3_000 },
        memory: { ...was, asked: 7, askedBefore: 1 },
      },
      7,
      'Stabilising',
    ],
    [
      'stays while it is unknown what there is to do',
      { fleet: { replicas: 7 }, memory: was, source: { unreachable: 'no' } },
      7,
      'HoldUnknown',
    ],
    [
      'is put back even then when it is fewer',
      { fleet: ALONE, memory: was, source: { unreachable: 'no' } },
      2,
      'PutBack',
    ],
    [
      'is where a successor starts',
      { fleet: { replicas: 7, ready: 7 }, memory: { capacity: PRIOR.capacity } },
      7,
      'Stabilising',
    ],
    ['stays while suspended', { fleet: { ...AT_ZERO, isSuspended: true }, memory: was }, 0, 'HoldSuspended'],
    [
      'is what advice goes by',
      { settings: { mode: 'Advisory' }, fleet: { replicas: 7, ready: 7 }, memory: was },
      7,
      'Stabilising',
    ],
  ])
})

test.each(['External', 'Off'] as const)('mode %s leaves it to others, and what was learnt stays', (mode) => {
  const { decision, memory } = decideReplicas(asked({ settings: { mode }, memory: { ...PRIOR, asked: 5 } }))
  expect(decision).toBeUndefined()
  expect(memory).toEqual({ ...EMPTY_MEMORY, ...PRIOR })
})

test('mode Advisory says what it would do, and asks for what is there', () => {
  const { decision } = decideReplicas(asked({ settings: { mode: 'Advisory' }, load: { arrivalsPerSecond: 4_000 } }))
  expect(decision).toMatchObject({ replicas: 2, wanted: 6, raw: 6, reason: 'ArrivalsGrow' })
})

test('a decision shows what it rests on', () => {
  const { decision } = decideReplicas(asked({ source: { backlogIs: 'at-least' }, load: { arrivalsPerSecond: null } }))
  expect(decision!.inputs).toEqual({
    backlog: 10,
    backlogIs: 'at-least',
    pending: 10,
    oldestEventAgeMs: 20,
    arrivalsPerSecond: null,
    completionsPerSecond: 1_000,
    capacityPerWorker: 1_000,
    marks: 0,
    resolvableReferences: 0,
    overdueNextChanges: 0,
    ready: 2,
  })
})
