import { expect, test } from 'vitest'
import type { IncomingEvent } from '../../../../core/events/incoming-event.ts'
import { createEventParser } from '../../../../core/events/parse-event.ts'
import { createMetricSet } from '../../../../core/metric-sets/metric-set.ts'

const set = createMetricSet(
  {
    entity: 'depot',
    events: {
      parcel: {
        id: 'number',
        entity: 'depot',
        at: 'sentAt',
        fields: { number: { type: 'integer' }, depot: { type: 'string' }, sentAt: { type: 'timestamp' } },
      },
    },
    accumulators: { parcels: { count: 'parcel' } },
    metrics: { parcels: { value: 'parcels' } },
  },
  { windows: [7], alignment: 'UtcDay' },
)

test.each(['7', '007', '7.0', '7e0'])(
  'a fact and its tombstone have one id, whatever the spelling of a number: %s',
  (number) => {
    const parse = createEventParser(set)
    const event: IncomingEvent = {
      type: 'parcel',
      id: 'e',
      publishedAt: 0,
      tombstone: false,
      data: { number, depot: 'north', sentAt: '2026-01-20T10:00:00Z' },
      textual: true,
    }
    expect(parse(event)).toMatchObject({ kind: 'fact', fact: { id: '7', deleted: false } })
    expect(parse({ ...event, tombstone: true })).toMatchObject({ kind: 'fact', fact: { id: '7', deleted: true } })
  },
)
