import { describe, expect, test } from 'vitest'
import { abort, begin, commit, type GateAsk, type GateState } from '../../../../core/composite/gate.ts'
import { failurePauseMs, type GateRules } from '../../../../core/composite/gate-rules.ts'

const NOW = 1_000_000

const rules: GateRules = {
  strategy: 'Hybrid',
  minIntervalMs: 10_000,
  staleAfterMs: 20_000,
  eventThreshold: 100,
  leaseMs: 5_000,
}

const ask: GateAsk = { token: 'mine', events: 0, isLast: false }

/** A result that was begun 15 s ago and committed a second later. */
const state: GateState = {
  fence: 7,
  startedAt: NOW - 15_000,
  committedAt: NOW - 14_000,
  events: 0,
  notBefore: 0,
  sparedUntil: 0,
  failures: 0,
}

type Change = { [Name in keyof GateState]?: GateState[Name] | undefined }

const held = { token: 'theirs', until: NOW + 3_000, startedAt: NOW - 2_000, events: 4 }

describe('a gate that is asked', () => {
  test.each<[string, Change, Partial<GateRules>, Partial<GateAsk>, unknown]>([
    ['waits for age, where nothing happens', {}, {}, {}, { kind: 'early', waitMs: 5_000 }],
    ['grants at that age', { startedAt: NOW - 20_000 }, {}, {}, { kind: 'granted', fence: 8 }],
    ['grants as soon as enough events came', {}, {}, { events: 100 }, { kind: 'granted', fence: 8 }],
    ['adds up the events of all who ask', { events: 60 }, {}, { events: 40 }, { kind: 'granted', fence: 8 }],
    ['is not moved by too few events', { events: 60 }, {}, { events: 39 }, { kind: 'early', waitMs: 5_000 }],
    [
      'lets no number of events break the shortest interval',
      { committedAt: NOW - 9_999 },
      {},
      { events: 1_000 },
      { kind: 'early', waitMs: 1 },
    ],
    [
      'lets no age break the shortest interval either',
      { startedAt: NOW - 99_000, committedAt: NOW - 4_000 },
      {},
      {},
      { kind: 'early', waitMs: 6_000 },
    ],
    ['grants at once where there is no result yet', { startedAt: undefined }, {}, {}, { kind: 'granted', fence: 8 }],
    ['lets nobody in beside a lease', { held, events: 900 }, {}, {}, { kind: 'busy', waitMs: 3_000 }],
    [
      'grants what is due when a lease is over',
      { held: { ...held, until: NOW }, startedAt: NOW - 30_000 },
      {},
      {},
      { kind: 'granted', fence: 8 },
    ],
    [
      'makes a lease of a clock that was ahead last no longer than any other',
      { held: { ...held, until: NOW + 3_600_000 } },
      {},
      {},
      { kind: 'busy', waitMs: 5_000 },
    ],
    [
      'takes a result of a clock that was ahead for one of long ago',
      { startedAt: NOW + 3_600_000, committedAt: NOW + 3_600_000 },
      {},
      {},
      { kind: 'granted', fence: 8 },
    ],
    [
      'leaves a scope alone that was refused',
      { startedAt: NOW - 30_000, notBefore: NOW + 700 },
      {},
      {},
      { kind: 'early', waitMs: 700 },
    ],
    [
      'leaves none alone for longer than its own clock could have said',
      { startedAt: NOW - 30_000, notBefore: NOW + 3_600_000 },
      {},
      {},
      { kind: 'early', waitMs: 10_000 },
    ],
    [
      'lets no number of events ask again so soon after a failure that took long',
      { sparedUntil: NOW + 3_000 },
      {},
      { events: 1_000 },
      { kind: 'early', waitMs: 3_000 },
    ],
    [
      'grants by age all the same',
      { startedAt: NOW - 20_000, sparedUntil: NOW + 3_000 },
      {},
      { events: 1_000 },
      { kind: 'granted', fence: 8 },
    ],
    [
      'keeps events from asking for no longer than a result may get old',
      { startedAt: 0, sparedUntil: NOW + 3_600_000 },
      { strategy: 'EventBased' },
      { events: 1_000 },
      { kind: 'early', waitMs: 20_000 },
    ],
    ['grants the last of a fleet before it is due', {}, {}, { isLast: true }, { kind: 'granted', fence: 8 }],
    [
      'makes the last of a fleet wait for the shortest interval',
      { committedAt: NOW - 8_000 },
      {},
      { isLast: true },
      { kind: 'early', waitMs: 2_000 },
    ],
    ['grants by time alone when it goes by that', {}, { strategy: 'TimeBased' }, {}, { kind: 'granted', fence: 8 }],
    [
      'grants no earlier by time than the shortest interval',
      { committedAt: NOW - 9_000 },
      { strategy: 'TimeBased' },
      { events: 1_000 },
      { kind: 'early', waitMs: 1_000 },
    ],
    [
      'waits for events alone when it goes by those',
      { startedAt: 0, committedAt: 0 },
      { strategy: 'EventBased' },
      { events: 99 },
      { kind: 'early', waitMs: undefined },
    ],
    ['grants by events alone', {}, { strategy: 'EventBased' }, { events: 100 }, { kind: 'granted', fence: 8 }],
    [
      'makes a first result without waiting for events',
      { startedAt: undefined },
      { strategy: 'EventBased' },
      {},
      { kind: 'granted', fence: 8 },
    ],
    [
      'grants once in each period of a fixed rate', // the period began at 1,000,000
      { startedAt: NOW - 1 },
      { strategy: 'Background', minIntervalMs: 1_000 },
      {},
      { kind: 'granted', fence: 8 },
    ],
    [
      'waits for the next period, not for a whole one after the last',
      { startedAt: NOW },
      { strategy: 'Background', minIntervalMs: 1_000 },
      { events: 1_000 },
      { kind: 'early', waitMs: 20_000 },
    ],
  ])('%s', (_sentence, change, ruled, asked, outcome) => {
    expect(begin(without({ ...state, ...change }), { ...ask, ...asked }, { ...rules, ...ruled }, NOW).outcome).toEqual(
      outcome,
    )
  })

  test('tells that it knows nothing, and counts nothing, until it is given a fence to begin with', () => {
    expect(begin(undefined, { ...ask, events: 3 }, rules, NOW)).toMatchObject({
      state: undefined,
      outcome: { kind: 'uninitialised' },
    })
    expect(begin(undefined, { ...ask, events: 3, seed: 41 }, rules, NOW)).toMatchObject({
      state: { fence: 42, events: 3 },
      outcome: { kind: 'granted', fence: 42 },
    })
  })

  test('begins with no other fence once it has one', () => {
    expect(begin(state, { ...ask, seed: 3, isLast: true }, rules, NOW).outcome).toEqual({ kind: 'granted', fence: 8 })
  })

  test('remembers what it was told by whoever it turns away', () => {
    expect(begin({ ...state, events: 5 }, { ...ask, events: 7 }, rules, NOW).state).toMatchObject({ events: 12 })
    expect(begin({ ...state, held, events: 5 }, { ...ask, events: 7 }, rules, NOW).state).toMatchObject({ events: 12 })
  })
})

describe('a calculation', () => {
  const granted = begin({ ...state, events: 100 }, ask, rules, NOW).state as GateState

  test('that is committed is as old as its beginning, and keeps the events that came meanwhile', () => {
    const meanwhile = begin(granted, { ...ask, token: 'other', events: 30 }, rules, NOW + 500).state
    const { state: after, outcome } = commit(meanwhile, { token: 'mine', fence: 8 }, NOW + 2_000)
    expect(outcome).toBe('committed')
    expect(after).toEqual({
      fence: 8,
      startedAt: NOW,
      committedAt: NOW + 2_000,
      events: 30,
      notBefore: 0,
      sparedUntil: 0,
      failures: 0,
    })
  })

  test.each<[string, { token: string; fence: number }]>([
    ['by another attempt', { token: 'theirs', fence: 8 }],
    ['under another fence', { token: 'mine', fence: 7 }],
  ])('cannot be committed %s', (_sentence, attempt) => {
    expect(commit(granted, attempt, NOW)).toEqual({ state: granted, outcome: 'lost' })
  })

  test('can be committed once, and by nobody who was overtaken', () => {
    const { state: after } = commit(granted, { token: 'mine', fence: 8 }, NOW + 1)
    expect(commit(after, { token: 'mine', fence: 8 }, NOW + 2).outcome).toBe('lost')
    const overtaken = begin(granted, { ...ask, token: 'theirs' }, rules, NOW + 5_000).state
    expect(commit(overtaken, { token: 'mine', fence: 8 }, NOW + 5_001).outcome).toBe('lost')
    expect(abort(overtaken, 'mine', { kind: 'failed', spareMs: 0 }, NOW + 5_001)).toEqual({
      state: overtaken,
      outcome: 'lost',
    })
  })

  test('that failed leaves age and events as they were, and the scope alone for longer each time', () => {
    const { state: once } = abort(granted, 'mine', { kind: 'failed', spareMs: 0 }, NOW + 1_000)
    expect(once).toMatchObject({
      startedAt: state.startedAt,
      events: 100,
      failures: 1,
      notBefore: NOW + 1_000 + failurePauseMs(1),
    })
    const again = begin(once, { ...ask, token: 'next' }, rules, NOW + 9_000).state
    expect(abort(again, 'next', { kind: 'failed', spareMs: 0 }, NOW + 9_000).state).toMatchObject({
      failures: 2,
      notBefore: NOW + 9_000 + failurePauseMs(2),
    })
    expect(failurePauseMs(2)).toBe(2 * failurePauseMs(1))
    expect(failurePauseMs(50)).toBe(8_000)
  })

  test('that failed keeps events from asking for as long as is said, and for no shorter than was said before', () => {
    const { state: once } = abort(granted, 'mine', { kind: 'failed', spareMs: 30_000 }, NOW)
    const again = begin(once, { ...ask, token: 'next', isLast: true }, rules, NOW + 9_000).state
    const { state: twice } = abort(again, 'next', { kind: 'failed', spareMs: 100 }, NOW + 9_000)
    expect([once, twice].map((each) => each?.sparedUntil)).toEqual([NOW + 30_000, NOW + 29_000]) // clamped when it was asked
  })

  test('that the referee refused waits as long as he says, and is followed by a greater fence than he has seen', () => {
    const { state: after } = abort(granted, 'mine', { kind: 'refused', waitMs: 3_000, fence: 90 }, NOW)
    expect(after).toMatchObject({ fence: 90, notBefore: NOW + 3_000, failures: 0 })
    expect(begin(after, ask, rules, NOW + 3_000).outcome).toEqual({ kind: 'granted', fence: 91 })
  })

  test('never lowers the fence when it is refused', () => {
    expect(abort(granted, 'mine', { kind: 'refused', waitMs: 0, fence: 2 }, NOW).state).toMatchObject({ fence: 8 })
  })
})

/** A field that is undefined is none. */
function without(given: Change): GateState {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as unknown as GateState
}
