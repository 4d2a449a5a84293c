import { afterAll, beforeAll, expect, test } from 'vitest'
import { encodeEnvelope } from '../../../adapters/redis/envelope.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { MIXED, ORDERS, shopPipeline } from '../../support/shop-manifest.ts'

// One order in every form that an entry may have. Fixed dates, hence windows that reach back far.

const PLACED_AT = '2026-01-20T10:00:00.123456+02:00'

const PUBLISHED_AT = '2026-01-20T09:01:33.782813Z'

const DATA = {
  shop: 'Zoë 😀',
  placedAt: PLACED_AT,
  cents: 1200,
  kilos: 1.0005,
  express: true,
  kind: 'book',
  tags: ['x', 'y'],
  address: { street: 'High Street' },
}

const AS_TEXT = {
  shop: DATA.shop,
  placedAt: PLACED_AT,
  cents: '1200',
  kilos: '1.0005',
  express: 'true',
  kind: 'book',
  tags: 'x,y',
}

const ATTRIBUTES = { id: 'order-1', type: 'order', time: PUBLISHED_AT }

const fields = (record: Readonly<Record<string, string>>) => Object.entries(record).flat()

const prefixed = (prefix: string) =>
  fields(Object.fromEntries(Object.entries(ATTRIBUTES).map(([name, value]) => [prefix + name, value])))

/** As Python's json.dumps writes it and hashlib sums it up, the naive time included: spellings that JavaScript does not have. */
const FROM_PYTHON = String.raw`{"id": "order-1", "timestamp": "2026-01-20T09:01:33.782813", "channel": "shop:orders", "data": {"shop": "Zo\u00eb \ud83d\ude00", "placedAt": "2026-01-20T10:00:00.123456+02:00", "cents": 1200, "kilos": 1.0005, "express": true, "kind": "book", "tags": ["x", "y"], "address": {"street": "High Street"}, "note": "\u007f / \u2028", "tiny": 1e-07, "whole": 1.0, "large": 1e+16, "digits": 12345678901234567890123, "negative": -0.0, "10": 2, "9": 3, "nested": {"b": [1, 2.5, null, false], "a": {}, "numberText": {"numberText": "7"}}}, "metadata": {"event_type": "order"}, "checksum": "c7c08a58092415078ef796b0b72a4c34114c1d31cd163582ecc526f3e9024124"}`

let shops: PipelineOnServers

beforeAll(async () => {
  shops = await PipelineOnServers.open(shopPipeline({ windows: ['3650d'] }))
  await shops.startWorker()
})

afterAll(() => shops?.[Symbol.asyncDispose]())

test.each<[sentence: string, stream: string, fields: readonly string[]]>([
  [
    'the original envelope with its checksum',
    ORDERS,
    encodeEnvelope({ id: 'order-1', timestamp: PUBLISHED_AT, channel: ORDERS, data: DATA }),
  ],
  ['the original envelope from Python', ORDERS, ['message', FROM_PYTHON]],
  [
    'the original envelope without a checksum',
    ORDERS,
    ['message', JSON.stringify({ id: 'order-1', timestamp: PUBLISHED_AT, channel: ORDERS, data: DATA })],
  ],
  [
    'the original envelope that names its type, where the stream implies none',
    MIXED,
    encodeEnvelope({
      id: 'order-1',
      timestamp: PUBLISHED_AT,
      channel: MIXED,
      data: DATA,
      metadata: { event_type: 'order' },
    }),
  ],
  ['flat fields with JSON data', MIXED, [...fields(ATTRIBUTES), 'data', JSON.stringify(DATA)]],
  ['flat fields with JSON data before all else', MIXED, ['data', JSON.stringify(DATA), ...fields(ATTRIBUTES)]],
  [
    'flat fields of which the stream implies the type',
    ORDERS,
    ['id', 'order-1', 'time', PUBLISHED_AT, 'data', JSON.stringify(DATA)],
  ],
  ['flat fields with text alone', MIXED, [...fields(ATTRIBUTES), ...fields(AS_TEXT)]],
  [
    'attributes with the prefix ce_',
    MIXED,
    [...prefixed('ce_'), 'ce_specversion', '1.0', 'data', JSON.stringify(DATA)],
  ],
  ['attributes with the prefix ce-', MIXED, [...prefixed('ce-'), 'ce-source', '/tests', ...fields(AS_TEXT)]],
  [
    'fields that nobody asked for beside those that are read',
    MIXED,
    [...fields(ATTRIBUTES), ...fields(AS_TEXT), 'colour', 'red', '__proto__', 'x', 'constructor', 'y'],
  ],
])('%s makes the same fact', async (_sentence, stream, entry) => {
  await shops.db.query('truncate fact_order, mp_dead_letter')
  await shops.add(stream, entry)
  await shops.caughtUp()
  expect(await shops.letters()).toEqual([])
  const { rows } = await shops.db.query("select *, at at time zone 'UTC' as at, version::text from fact_order")
  expect(rows).toEqual([
    {
      id: 'order-1',
      version: String(Date.parse(PUBLISHED_AT) * 1_000 + 813),
      hash: expect.any(String),
      deleted: false,
      entity: DATA.shop,
      at: expect.anything(),
      cents: 1200,
      kilos: 1001,
      points: null,
      express: true,
      kind: 'book',
      tags: ['x', 'y'],
    },
  ])
})
