import { expect, test } from 'vitest'
import { createMetricSet } from '../../../../core/metric-sets/metric-set.ts'
import { createShardRouter, createStreamRouter } from '../../../../core/shards/create-router.ts'
import { shardOf } from '../../../../core/shards/shard-of.ts'

const set = createMetricSet(
  {
    entity: 'airport',
    events: {
      departure: {
        entity: 'origin',
        at: 'at',
        streams: ['departures'],
        fields: { origin: { type: 'string', path: 'from.code' }, at: { type: 'timestamp' } },
      },
      rating: {
        entity: 'departure.origin',
        at: 'departure.at',
        references: { departure: 'flight' },
        fields: { flight: { type: 'string' } },
      },
      delay: {
        entity: 'origin',
        at: 'at',
        routeBy: 'carrier',
        fields: { origin: { type: 'string' }, carrier: { type: 'integer' }, at: { type: 'timestamp' } },
      },
    },
    accumulators: { departures: { count: 'departure' } },
    metrics: { departures: { value: 'departures' } },
  },
  { windows: [7], alignment: 'UtcDay' },
)

const route = createShardRouter(set, { prefix: 'flights', shards: 16 })
const streamOf = (key: string) => `flights:{${shardOf(key, 16)}}`

test.each([
  ['by the entity, wherever it stands in the data', { type: 'departure', data: { from: { code: 'SFO' } } }, 'SFO'],
  ['by the reference that leads to the entity', { type: 'rating', data: { flight: 'AA1' } }, 'AA1'],
  ['by the field that the definition names', { type: 'delay', data: { origin: 'SFO', carrier: 17 } }, '17'],
  ['by the id where the key is missing', { type: 'departure', id: 'AA1', data: {} }, 'AA1'],
  ['by the id where the type is unknown', { type: 'nonsense', id: 'x', data: {} }, 'x'],
  ['by the type where there is nothing else', { type: 'nonsense', data: {} }, 'nonsense'],
])('an event is routed %s', (_name, event, key) => {
  expect(route(event)).toBe(streamOf(key))
})

test.each([
  ['the stream that implies its type', 'departure', ['other', 'departures'], 'departures'],
  ['the only stream there is', 'rating', ['all'], 'all'],
  ['no stream where several may be meant', 'rating', ['departures', 'other'], undefined],
  ['the only stream, though the type is unknown: the pipeline says what it thinks of it', 'nonsense', ['all'], 'all'],
])('among plain streams an event goes to %s', (_name, type, streams, expected) => {
  expect(createStreamRouter(set, streams)({ type, data: {} })).toBe(expected)
})
