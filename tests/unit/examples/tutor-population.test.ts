import { describe, expect, test } from 'vitest'
import { createEventParser } from '../../../core/events/parse-event.ts'
import { createMetricSet } from '../../../core/metric-sets/metric-set.ts'
import { TUTOR_PERFORMANCE } from '../../../core/metric-sets/tutor-performance/definition.ts'
import { MICROS_PER_DAY, parseInstant } from '../../../core/time/instant.ts'
import type { PopulationOptions } from '../../../examples/tutor-performance/calendar.ts'
import { type LiveEvent, type LiveOptions, liveEvents } from '../../../examples/tutor-performance/live-events.ts'
import { createPopulation, createTutors } from '../../../examples/tutor-performance/population.ts'
import type { PopulationEvent } from '../../../examples/tutor-performance/population-event.ts'

const OPTIONS: PopulationOptions = { seed: 7, tutors: 40, days: 60, endAt: Date.UTC(2026, 10, 23, 15, 30) * 1_000 }

const parse = createEventParser(createMetricSet(TUTOR_PERFORMANCE, { windows: [7, 30, 90], alignment: 'UtcDay' }))

function outcomeOf({ type, id, time, data }: PopulationEvent): string {
  const outcome = parse({ type, id, publishedAt: time, tombstone: false, data, textual: false })
  if (outcome.kind === 'fact') return ['fact', ...outcome.fact.warnings].join(' ')
  return outcome.kind === 'rejected' ? outcome.rejection.reason : outcome.kind
}

function instantOf(value: unknown): number {
  const parsed = parseInstant(String(value))
  return 'instant' in parsed ? parsed.instant : Number.NaN
}

function take<T>(count: number, items: Iterable<T>): readonly T[] {
  const taken: T[] = []
  for (const item of items) {
    taken.push(item)
    if (taken.length === count) break
  }
  return taken
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

const history = [...createPopulation(OPTIONS)]
const sessions = history.filter(({ type }) => type === 'session')

describe('history', () => {
  test('breaks no rule, not even one that only warns', () => {
    expect(new Set(history.map(outcomeOf))).toEqual(new Set(['fact']))
  })

  test('is in order, within its days, and without two events of one id', () => {
    const first = OPTIONS.endAt - OPTIONS.days * MICROS_PER_DAY
    for (const [index, { time }] of history.entries()) {
      expect(time).toBeGreaterThanOrEqual(history[index - 1]?.time ?? first)
      expect(time).toBeLessThan(OPTIONS.endAt)
    }
    expect(new Set(history.map(({ id }) => id)).size).toBe(history.length)
  })

  test('is the same for the same seed, however often it is read, and another one for another', () => {
    expect([...createPopulation(OPTIONS)]).toEqual(history)
    const population = createPopulation(OPTIONS)
    expect([...population]).toEqual([...population])
    expect([...createPopulation({ ...OPTIONS, seed: 8 })]).not.toEqual(history)
  })

  test('ends before midnight if it should', () => {
    const endAt = Date.UTC(2026, 10, 23) * 1_000
    const days = [...createPopulation({ ...OPTIONS, tutors: 5, days: 3, endAt })].map(({ time }) =>
      Math.floor((time - endAt) / MICROS_PER_DAY),
    )
    expect(new Set(days)).toEqual(new Set([-3, -2, -1]))
  })

  test('starts with the profile of whoever does something', () => {
    const known = new Set<unknown>()
    for (const { type, data } of history) {
      if (type === 'tutor') known.add(data['tutor_id'])
      expect(known).toContain(data['tutor_id'])
    }
    expect(known.size).toBe(OPTIONS.tutors)
  })

  test('counts the sessions of each pair without a gap', () => {
    const numbers = new Map<string, number>()
    for (const { data } of sessions) {
      const pair = `${data['tutor_id']} ${data['student_id']}`
      const before = numbers.get(pair)
      if (before !== undefined) expect(data['session_number']).toBe(before + 1)
      numbers.set(pair, data['session_number'] as number)
    }
  })

  test('has few first sessions, some no-shows and about 85 ratings for 100 sessions held', () => {
    const held = sessions.filter(({ data }) => data['no_show'] === false)
    const ratings = history
      .filter(({ type }) => type === 'feedback')
      .map(({ data }) => data['overall_rating'] as number)
    expect(sessions.filter(({ data }) => data['session_number'] === 1).length / sessions.length).toBeLessThan(0.2)
    expect(held.length / sessions.length).toBeGreaterThan(0.85)
    expect(ratings.length / held.length).toBeCloseTo(0.85, 1)
    expect(mean(ratings)).toBeGreaterThan(3.5)
  })

  test('shows what kind a tutor is', () => {
    const kinds = new Map(createTutors(OPTIONS).map(({ id, archetype }) => [id as unknown, archetype]))
    const engagement = (kind: string) =>
      mean(
        sessions.flatMap(({ data }) =>
          kinds.get(data['tutor_id']) === kind ? [Number(data['engagement_score'])] : [],
        ),
      )
    expect(engagement('high_performer')).toBeGreaterThan(engagement('steady'))
    expect(engagement('steady')).toBeGreaterThan(engagement('at_risk'))
  })

  test('rates sessions that the same tutor held before', () => {
    const held = new Map(sessions.map(({ data, time }) => [data['session_id'], { tutor: data['tutor_id'], time }]))
    for (const { type, time, data } of history) {
      if (type !== 'feedback') continue
      expect(held.get(data['session_id'])?.tutor).toBe(data['tutor_id'])
      expect(held.get(data['session_id'])?.time).toBeLessThan(time)
    }
  })
})

function live(count: number, options: LiveOptions): readonly LiveEvent[] {
  return take(count, liveEvents(OPTIONS, options))
}

const traffic = live(20_000, { eventsPerSecond: 1_000, poisonShare: 0.02 })
const sound = traffic.filter(({ poison }) => poison === undefined)
const recorded = sound.filter(({ type }) => type === 'session')

describe('live traffic', () => {
  test('breaks no rule but where it should, and then for the reason that it names', () => {
    expect(new Set(sound.map(outcomeOf))).toEqual(new Set(['fact']))
    const poison = traffic.filter((event) => event.poison !== undefined)
    expect(poison.map(outcomeOf)).toEqual(poison.map((event) => event.poison))
    expect(poison.length / traffic.length).toBeCloseTo(0.02, 2)
    expect(new Set(poison.map((event) => event.poison)).size).toBe(3)
  })

  test('has no poison unless it is asked for', () => {
    expect(live(2_000, {}).every(({ poison }) => poison === undefined)).toBe(true)
  })

  test('begins where history ends, and goes on at the rate asked for', () => {
    expect(traffic.map(({ time }) => time - OPTIONS.endAt)).toEqual(traffic.map((_, index) => index * 1_000))
  })

  test('repeats itself for the same seed', () => {
    expect(live(3_000, { eventsPerSecond: 1_000, poisonShare: 0.02 })).toEqual(traffic.slice(0, 3_000))
  })

  test('has an id for each event, none of them from history', () => {
    const ids = new Set([...history, ...traffic].map(({ id }) => id))
    expect(ids.size).toBe(history.length + traffic.length)
  })

  test('rates a session soon after it was recorded', () => {
    const known = new Map<unknown, number>()
    const delays = sound.flatMap(({ type, time, data }) => {
      if (type === 'session' && !known.has(data['session_id'])) known.set(data['session_id'], time)
      return type === 'feedback' ? [(time - (known.get(data['session_id']) ?? Number.NaN)) / 1_000_000] : []
    })
    expect(delays.length).toBeGreaterThan(1_000)
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(2)
    expect(Math.max(...delays)).toBeLessThan(60)
  })

  test('books sessions ahead, which have no outcome yet', () => {
    const ahead = recorded.filter(({ time, data }) => instantOf(data['scheduled_start']) > time)
    expect(ahead.length).toBeGreaterThan(100)
    expect(ahead.every(({ data }) => data['actual_start'] === null && data['engagement_score'] === null)).toBe(true)
  })

  test.each([
    ['corrects sessions', 'engagement_score', 50],
    ['moves sessions to another day', 'scheduled_start', 5],
    ['gives sessions to another tutor', 'tutor_id', 20],
  ])('%s', (_sentence, field, atLeast) => {
    const values = Map.groupBy(recorded, ({ data }) => data['session_id'])
    const changed = [...values.values()].filter((versions) => new Set(versions.map(({ data }) => data[field])).size > 1)
    expect(changed.length).toBeGreaterThanOrEqual(atLeast)
  })

  test('holds booked sessions once their day has come', () => {
    const days = take(5_000, liveEvents({ ...OPTIONS, tutors: 3 }, { eventsPerSecond: 0.002 }))
    const outcomes = Map.groupBy(
      days.filter(({ type }) => type === 'session'),
      ({ data }) => data['session_id'],
    )
    const booked = [...outcomes.values()].filter(
      ([first]) => instantOf(first?.data['scheduled_start']) > (first?.time ?? 0),
    )
    const held = booked.filter((versions) =>
      versions.some(({ data }) => data['actual_start'] !== null || data['no_show'] === true),
    )
    expect(held.length).toBeGreaterThan(10)
  })

  test.each([1, 2, 3, 4, 5, 6])('never runs dry with a single tutor (seed %s)', (seed) => {
    const events = take(500, liveEvents({ ...OPTIONS, seed, tutors: 1 }, { eventsPerSecond: 100 }))
    expect(new Set(events.map(outcomeOf))).toEqual(new Set(['fact']))
  })
})
