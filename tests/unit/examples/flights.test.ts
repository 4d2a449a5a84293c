import { expect, test } from 'vitest'
import { createEventParser } from '../../../core/events/parse-event.ts'
import { checkDefinition } from '../../../core/metric-sets/check-definition.ts'
import type { MetricSetDefinition } from '../../../core/metric-sets/definition.ts'
import { createMetricSet, type MetricSetOptions } from '../../../core/metric-sets/metric-set.ts'
import { readFlights } from '../../../examples/airport-departures/flights.ts'

const OPTIONS: MetricSetOptions = { windows: [7, 30], alignment: 'UtcDay' }

const DEPARTURES: MetricSetDefinition = {
  entity: 'airport',
  events: {
    departure: {
      entity: 'origin',
      at: 'scheduledAt',
      fields: {
        origin: { type: 'string', maxLength: 4 },
        destination: { type: 'string', maxLength: 4 },
        scheduledAt: { type: 'timestamp' },
        delayMinutes: { type: 'integer', minimum: -1440, maximum: 2880 },
        distanceMiles: { type: 'integer', minimum: 0, maximum: 20_000 },
      },
    },
  },
  accumulators: { departures: { count: 'departure' } },
  metrics: { departures: { value: 'departures' } },
}

const flights = readFlights()

test('there are 20,000 flights from 220 airports', () => {
  expect(flights).toHaveLength(20_000)
  expect(new Set(flights.map(({ id }) => id)).size).toBe(20_000)
  expect(new Set(flights.map(({ data }) => data.origin)).size).toBe(220)
})

test('each is a departure, in the order in which they left', () => {
  expect(checkDefinition(DEPARTURES, OPTIONS)).toEqual([])
  const parse = createEventParser(createMetricSet(DEPARTURES, OPTIONS))
  for (const [index, { type, id, time, data }] of flights.entries()) {
    expect(parse({ type, id, publishedAt: time, tombstone: false, data, textual: false }).kind).toBe('fact')
    expect(time).toBeGreaterThanOrEqual(flights[index - 1]?.time ?? 0)
  }
})

test('the first row of the data set left an hour late', () => {
  expect(flights.find(({ id }) => id === '1')).toEqual({
    stream: 'flights:departures',
    type: 'departure',
    id: '1',
    time: Date.UTC(2001, 0, 1, 1, 53) * 1_000,
    data: {
      origin: 'DTW',
      destination: 'LAS',
      scheduledAt: '2001-01-01T00:47:00.000000Z',
      delayMinutes: 66,
      distanceMiles: 1750,
    },
  })
})
