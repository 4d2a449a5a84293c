import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { decodeRawEntry } from '../../../adapters/postgres/raw-entry.ts'
import { encodeEvent } from '../../../adapters/redis/event-producer.ts'
import { type EntryCounts, PipelineOnServers, type Row, sumOfOutcomes } from '../../support/pipeline-on-servers.ts'
import { MIXED, ORDERS, shopPipeline } from '../../support/shop-manifest.ts'
import { expectedRows, order } from '../../support/shop-orders.ts'

// One bad entry between two good ones, all three in one batch: it ends in its documented reason or is accepted as documented, and the two
// are applied whatever it is. The reasons and oddities stand in docs/reference/events.md.

type Field = string | Buffer

const BEFORE = order(1)
const AFTER = order(2)

const NOW = new Date().toISOString()
const { placedAt } = BEFORE.data

/** A good order; each row below spoils one thing. */
const DATA = { shop: 'shop-99', placedAt, cents: 700 }

/** In the flat form: the data as JSON, with `change` in it or else exactly as written. */
const json = (change: string | Readonly<Record<string, unknown>>, attributes: Readonly<Record<string, string>> = {}) =>
  [
    ...Object.entries({ id: 'bad', type: 'order', time: NOW, ...attributes }).flat(),
    'data',
    typeof change === 'string' ? change : JSON.stringify({ ...DATA, ...change }),
  ] as const

const withPart = (name: string, value: string) => json(`{${JSON.stringify(DATA).slice(1, -1)},"${name}":${value}}`)

/** The flat form with text alone. */
const text = (change: Readonly<Record<string, Field>>): readonly Field[] =>
  Object.entries({ id: 'bad', type: 'order', time: NOW, shop: 'shop-99', placedAt, cents: '700', ...change }).flat()

const ENVELOPE = { id: 'bad', timestamp: NOW.slice(0, -1), channel: ORDERS, data: DATA }

/** The original envelope without a checksum, unless `change` has one. */
const envelope = (change: Readonly<Record<string, unknown>>) => [
  'message',
  JSON.stringify({ ...ENVELOPE, metadata: { event_type: 'order' }, ...change }),
]

const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`

const checked = (data: string) => {
  const checksum = createHash('sha256').update(data).digest('hex')
  return ['message', `{"id":"bad","timestamp":"${NOW}","channel":"${ORDERS}","data":${data},"checksum":"${checksum}"}`]
}

/** Noon of yesterday, with `rest` for fraction and zone. */
function atNoon(rest: string): string {
  return `${daysFromNow(-1).slice(0, 10)}T12:00:00${rest}`
}

function daysFromNow(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString()
}

/** A second type of event, whose ids have nothing to do with those of orders. */
const REFUND = { entity: 'shop', at: 'placedAt', fields: { shop: { type: 'string' }, placedAt: { type: 'timestamp' } } }

let shops: PipelineOnServers
let before: EntryCounts

beforeAll(async () => {
  shops = await PipelineOnServers.open(shopPipeline({ windows: ['7d'], events: { refund: REFUND } }))
  await shops.startWorker()
})

afterAll(() => shops?.[Symbol.asyncDispose]())

beforeEach(async () => {
  await shops.db.query('truncate fact_order, fact_refund, shop_metrics, mp_dead_letter')
  before = await shops.counts()
})

/** Publishes the entry between its neighbours so that one read finds all three, and waits until everything is done with. */
async function publishBetweenNeighbours(stream: string, ...entries: readonly (readonly Field[])[]): Promise<void> {
  const transaction = shops.redis.multi()
  for (const fields of [encodeEvent(BEFORE), ...entries, encodeEvent(AFTER)]) transaction.xadd(stream, '*', ...fields)
  await transaction.exec()
  await shops.caughtUp()
}

/** What was counted since the test began: every entry that was read came to something. */
async function expectCounted(expected: Partial<EntryCounts>): Promise<void> {
  const now = await shops.counts()
  const counted = Object.fromEntries(
    Object.entries(now).map(([name, count]) => [name, count - before[name as keyof EntryCounts]]),
  ) as EntryCounts
  expect(counted).toMatchObject(expected)
  expect(sumOfOutcomes(counted)).toBe(counted.read)
}

test.each<[sentence: string, fields: readonly Field[], reason: string, detail: RegExp, stream?: string]>([
  ['data that is no JSON', json('{"shop":'), 'invalid-json', /^the field data holds no JSON$/],
  ['data that is empty', json(''), 'invalid-json', /^the field data holds no JSON$/],
  ['NaN as Python writes it', withPart('points', 'NaN'), 'invalid-json', /^the field data holds no JSON$/],
  ['Infinity as Python writes it', withPart('points', '-Infinity'), 'invalid-json', /^the field data holds no JSON$/],
  ['an envelope that is no JSON', ['message', 'shop-99'], 'invalid-json', /^the field message holds no JSON$/],
  ['data that is a list', json('[1]'), 'invalid-envelope', /^the field data must hold a JSON object$/],
  ['data that is null', json('null'), 'invalid-envelope', /^the field data must hold a JSON object$/],
  ['an envelope that is a text', ['message', '"x"'], 'invalid-envelope', /^the field message must hold a JSON object$/],
  ['an envelope without an id', envelope({ id: undefined }), 'invalid-envelope', /^id must be a text$/],
  ['an envelope whose id is a number', envelope({ id: 7 }), 'invalid-envelope', /^id must be a text$/],
  ['an envelope without data', envelope({ data: undefined }), 'invalid-envelope', /^data must be a JSON object$/],
  ['an envelope whose data is a list', envelope({ data: [DATA] }), 'invalid-envelope', /^data must be a JSON object$/],
  ['an envelope without a time', envelope({ timestamp: undefined }), 'invalid-envelope', /^timestamp must be an ISO/],
  ['an envelope of 30 February', envelope({ timestamp: '2026-02-30T00:00:00' }), 'invalid-envelope', /^timestamp must/],
  ['a checksum of something else', envelope({ checksum: '0'.repeat(64) }), 'wrong-checksum', /^checksum is not the/],
  ['a checksum that is a number', envelope({ checksum: 7 }), 'wrong-checksum', /^checksum is not the SHA-256 of data$/],
  [
    'a checksum over data nested beyond measure',
    checked(`{"deep":${deep(100_000)}}`),
    'wrong-checksum',
    /^checksum is not the SHA-256 of data$/,
  ],
  [
    'an entry of 10 MB',
    json({ note: 'x'.repeat(10_000_000) }),
    'invalid-envelope',
    /^the entry has 100\d{5} characters/,
  ],
  [
    'a field that is there twice',
    [...json({}), 'data', JSON.stringify({ ...DATA, cents: 1 })],
    'invalid-envelope',
    /^the field data is there twice$/,
  ],
  ['a text that is there twice', [...text({}), 'cents', '1'], 'invalid-envelope', /^the field cents is there twice$/],
  [
    'an attribute in two spellings',
    [...text({}), 'ce_id', 'x'],
    'invalid-envelope',
    /^the field ce_id is there twice$/,
  ],
  ['__proto__ twice', [...json({}), ...['__proto__', 'x', '__proto__', 'y']], 'invalid-envelope', /__proto__ is there/],
  [
    'a naive publication',
    json({}, { time: '2026-11-23T08:00:00' }),
    'invalid-envelope',
    /^the field time must .*naive/,
  ],
  ['a publication in words', json({}, { time: 'now' }), 'invalid-envelope', /^the field time must .*malformed/],
  ['a publication of 1899', json({}, { time: '1899-01-01T00:00:00Z' }), 'invalid-envelope', /out-of-range/],
  [
    'an entry that names no type',
    ['id', 'bad', 'data', '{}'],
    'unknown-event-type',
    /^the entry names no event/,
    MIXED,
  ],
  [
    'a type that nobody declared',
    json({}, { type: 'ordre' }),
    'unknown-event-type',
    /^"ordre" is no event type of this/,
  ],
  ['a type called __proto__', json({}, { type: '__proto__' }), 'unknown-event-type', /^"__proto__" is no event type/],
  ['a type called constructor', json({}, { type: 'constructor' }), 'unknown-event-type', /^"constructor" is no event/],
  ['a type of 200,000 characters', json({}, { type: 'x'.repeat(200_000) }), 'unknown-event-type', /^"x{60}…" is no/],
  ['a type with NUL', json({}, { type: 'or\0der' }), 'unknown-event-type', /^"or\\u0000der" is no event type/],
  [
    'no id',
    ['type', 'order', 'data', JSON.stringify(DATA)],
    'missing-event-id',
    /^a order is known by an id of 1 to 400/,
  ],
  ['an empty id', json({}, { id: '' }), 'missing-event-id', /but the event has no id of its own$/],
  [
    'an id of 401 characters',
    json({}, { id: 'x'.repeat(401) }),
    'missing-event-id',
    /^a order is known by an id of 1 to/,
  ],
  ['an id with NUL', json({}, { id: 'b\0d' }), 'missing-event-id', /^a order is known by an id of 1 to 400/],
  ['an envelope whose id is half a pair', envelope({ id: '\ud83d' }), 'missing-event-id', /^a order is known by an id/],
  ['no shop', json({ shop: undefined }), 'missing-field', /^shop is missing$/],
  ['no shop and a wrong price', json({ shop: null, cents: 'x' }), 'missing-field', /^shop is missing; cents must be/],
  [
    'no field at all',
    ['id', 'bad', 'type', 'order'],
    'missing-field',
    /^shop is missing; placedAt is missing; cents is/,
  ],
  ['no data at all', json('{}'), 'missing-field', /^shop is missing; placedAt is missing; cents is missing$/],
  ['__proto__ as the only field', json(`{"__proto__":${JSON.stringify(DATA)}}`), 'missing-field', /^shop is missing; /],
  ['an empty text for a shop', text({ shop: '' }), 'invalid-field', /^shop must have 1 to 40 characters, has 0$/],
  ['an empty text for a number', text({ cents: '' }), 'invalid-field', /^cents must be a whole number, not a text$/],
  ['an empty text for a truth', text({ express: '' }), 'invalid-field', /^express must be true or false, not a text$/],
  ['a number for a text', json({ shop: 7 }), 'invalid-field', /^shop must be a text, not a number$/],
  ['a list for a text', json({ shop: ['shop-99'] }), 'invalid-field', /^shop must be a text, not a list$/],
  ['an object for a number', json({ cents: {} }), 'invalid-field', /^cents must be a whole number, not an object$/],
  ['a text for a number', json({ cents: '700' }), 'invalid-field', /^cents must be a whole number, not a text$/],
  ['a truth for a number', json({ cents: true }), 'invalid-field', /^cents must be a whole number, not a boolean$/],
  ['a number for a truth', json({ express: 1 }), 'invalid-field', /^express must be true or false, not a number$/],
  [
    'True as Python writes it',
    text({ express: 'True' }),
    'invalid-field',
    /^express must be true or false, not a text$/,
  ],
  ['a text for a list', json({ tags: 'a' }), 'invalid-field', /^tags must be a list of texts, not a text$/],
  [
    'a list with a number in it',
    json({ tags: ['a', 1] }),
    'invalid-field',
    /^tags item 2 must be a text, not a number$/,
  ],
  [
    'a number for a time',
    json({ placedAt: 1_795_000_000 }),
    'invalid-field',
    /^placedAt must be an ISO 8601 time with/,
  ],
  [
    'more than one mistake',
    json({ cents: -1, kind: 'cat' }),
    'invalid-field',
    /^cents must lie .*; kind must be one of/,
  ],
  ['a price below its range', json({ cents: -1 }), 'invalid-field', /^cents must lie between 0 and 100000000, is -1$/],
  ['a price above its range', json({ cents: 100_000_001 }), 'invalid-field', /^cents must lie between 0 and 100000000/],
  ['half a cent', json({ cents: 0.5 }), 'invalid-field', /^cents must be a whole number, is 0\.5$/],
  ['NaN as text', text({ kilos: 'NaN' }), 'invalid-field', /^kilos must be a number, not a text$/],
  ['Infinity as text', text({ points: 'Infinity' }), 'invalid-field', /^points must be a whole number, not a text$/],
  [
    '1e999, which JSON allows',
    withPart('points', '1e999'),
    'invalid-field',
    /^points must be a whole number, not a num/,
  ],
  ['1e999 as text', text({ points: '1e999' }), 'invalid-field', /^points must be a whole number, not a number$/],
  [
    '2^53, one beyond what is exact',
    withPart('points', '9007199254740992'),
    'invalid-field',
    /^points is too large to/,
  ],
  ['2^53 as text', text({ points: '9007199254740992' }), 'invalid-field', /^points is too large to be counted exactly/],
  ['2^63, one beyond int64', withPart('points', '9223372036854775808'), 'invalid-field', /^points is too large to be/],
  ['a number of 400 digits', withPart('points', '9'.repeat(400)), 'invalid-field', /^points must be a whole number/],
  ['hexadecimal digits', text({ points: '0x10' }), 'invalid-field', /^points must be a whole number, not a text$/],
  ['a value outside its list', json({ kind: 'cat' }), 'invalid-field', /^kind must be one of book, toy$/],
  ['too many items', json({ tags: ['a', 'b', 'c', 'd'] }), 'invalid-field', /^tags must have 0 to 3 items, has 4$/],
  [
    'a shop of 41 characters',
    json({ shop: 'x'.repeat(41) }),
    'invalid-field',
    /^shop must have 1 to 40 characters, has/,
  ],
  ['a shop with NUL', json({ shop: 'a\0b' }), 'invalid-field', /^shop contains a NUL character, which the database/],
  ['a tag with NUL', json({ tags: ['a\0b'] }), 'invalid-field', /^tags item 1 contains a NUL character/],
  ['half a surrogate pair', withPart('kind', '"\\ud83d"'), 'invalid-field', /^kind contains half of a surrogate pair/],
  [
    'a path through a text',
    json({ address: 'High Street', street: 7, email: 'x' }),
    'invalid-field',
    /^email must be an/,
  ],
  [
    'bytes that are no UTF-8',
    text({ shop: Buffer.from('caf\xe9', 'latin1') }),
    'invalid-envelope',
    /^the field shop is no/,
  ],
  ['a surrogate in UTF-8', text({ id: Buffer.from('eda080', 'hex') }), 'invalid-envelope', /^the field id is no UTF-8/],
  ['a name that is no UTF-8', [...text({}), Buffer.from([0xff]), 'x'], 'invalid-envelope', /is no UTF-8/],
  [
    'a naive time',
    json({ placedAt: placedAt.slice(0, -1) }),
    'invalid-field',
    /^placedAt has no UTC offset; add Z or one/,
  ],
  ['a date without a time', json({ placedAt: placedAt.slice(0, 10) }), 'invalid-field', /^placedAt has no UTC offset/],
  [
    '30 February',
    json({ placedAt: '2026-02-30T00:00:00Z' }),
    'invalid-field',
    /^placedAt must be an ISO 8601 time such/,
  ],
  [
    '29 February 2026',
    json({ placedAt: '2026-02-29T00:00:00Z' }),
    'invalid-field',
    /^placedAt must be an ISO 8601 time/,
  ],
  [
    'month 13',
    json({ placedAt: '2026-13-01T00:00:00Z' }),
    'invalid-field',
    /^placedAt must be an ISO 8601 time such as/,
  ],
  [
    '24 o’clock',
    json({ placedAt: '2026-01-31T24:00:00Z' }),
    'invalid-field',
    /^placedAt must be an ISO 8601 time such as/,
  ],
  [
    'a leap second',
    json({ placedAt: '2016-12-31T23:59:60Z' }),
    'invalid-field',
    /^placedAt must be an ISO 8601 time such/,
  ],
  [
    'the year 0',
    json({ placedAt: '0000-01-01T00:00:00Z' }),
    'invalid-field',
    /^placedAt must lie between the years 1900/,
  ],
  [
    'the year 10000',
    json({ placedAt: '10000-01-01T00:00:00Z' }),
    'invalid-field',
    /^placedAt must be an ISO 8601 time/,
  ],
  [
    'a signed year',
    json({ placedAt: '+002026-01-31T00:00:00Z' }),
    'invalid-field',
    /^placedAt must be an ISO 8601 time/,
  ],
  [
    'a zone by name',
    json({ placedAt: '2026-01-31T00:00:00 CET' }),
    'invalid-field',
    /^placedAt must be an ISO 8601 time/,
  ],
  [
    'too far ahead',
    json({ placedAt: daysFromNow(31) }),
    'invalid-field',
    /^placedAt must not lie more than 30d after the/,
  ],
  [
    'a rule that is broken',
    json({ express: true, kilos: 31 }),
    'rule-violated',
    /^express-too-heavy: express parcels wei/,
  ],
  [
    'older than any window',
    json({ placedAt: daysFromNow(-38) }),
    'too-old',
    /^dated .*: no window reaches back that far$/,
  ],
  [
    'the year 1900',
    json({ placedAt: '1900-01-01T00:00:00Z' }),
    'too-old',
    /^dated 1900-01-01T00:00:00.000000Z, before/,
  ],
])('%s: set aside, its neighbours applied', async (_sentence, fields, reason, detail, stream = ORDERS) => {
  await publishBetweenNeighbours(stream, fields)
  const letters = await shops.letters()
  expect(letters).toEqual([expect.objectContaining({ stream, reason, attempts: 1 })])
  expect(letters[0]?.details.join('; ')).toMatch(detail)
  expect(await shops.rows()).toMatchObject(expectedRows([BEFORE, AFTER]))
  await expectCounted({ read: 3, persisted: 2, dead_lettered: 1 })
})

test.each<
  [sentence: string, entries: readonly (readonly Field[])[], facts: readonly Row[], counted?: Partial<EntryCounts>]
>([
  ['fields that nobody declared', [json({ colour: 'red', nested: { deep: [1] } })], [{ id: 'bad', cents: 700 }]],
  ['fields that nobody declared, nested beyond measure', [withPart('deep', deep(100_000))], [{ id: 'bad' }]],
  ['text fields beside JSON data', [[...json({}), 'cents', '1']], [{ id: 'bad', cents: 700 }]],
  ['a name twice in JSON, of which the last holds', [withPart('cents', '1')], [{ id: 'bad', cents: 1 }]],
  ['__proto__ and constructor among the fields', [withPart('__proto__', '{"kilos":1,"points":{}}')], [{ kilos: null }]],
  ['__proto__ as a text', [text({ constructor: 'x', toString: 'y' })], [{ id: 'bad', points: null, kind: null }]],
  ['null for what may be absent', [json({ kilos: null, kind: null })], [{ id: 'bad', kilos: null, kind: null }]],
  ['an empty text for a list', [text({ tags: '' })], [{ id: 'bad', tags: [] }]],
  ['a whole number with a point and an exponent', [withPart('cents', '7.0e2')], [{ id: 'bad', cents: 700 }]],
  ['the same as text', [text({ cents: '7.0e2' })], [{ id: 'bad', cents: 700 }]],
  ['zero below zero', [withPart('cents', '-0')], [{ id: 'bad', cents: 0 }]],
  ['the largest number that is exact', [json({ points: 2 ** 53 - 1 })], [{ points: '9007199254740991' }]],
  ['the smallest number that is exact', [text({ points: '-9007199254740991' })], [{ points: '-9007199254740991' }]],
  ['more decimals than are kept, rounded once', [json({ kilos: 0.1234567 })], [{ kilos: 123 }]],
  ['a fraction that is almost nothing', [withPart('kilos', '1e-400')], [{ kilos: 0 }]],
  ['a replacement character that is meant', [json({ shop: 'caf\ufffd' })], [{ entity: 'caf\ufffd' }]],
  ['text of any script', [json({ shop: 'Zoë 😀 שלום' })], [{ entity: 'Zoë 😀 שלום' }]],
  ['an entity that nobody has seen before', [json({ shop: 'brand new' })], [{ entity: 'brand new' }]],
  ['entities that differ in a space and a capital', [json({ shop: ' X' }), json({ shop: 'x' }, { id: 'b' })], [{}, {}]],
  ['an id with newline, quotes and backslash', [json({}, { id: '\n"\'\\{},' })], [{ id: '\n"\'\\{},' }]],
  ['an id called NULL', [json({}, { id: 'NULL' })], [{ id: 'NULL' }]],
  ['an id of 400 characters beyond ASCII', [json({}, { id: '語'.repeat(400) })], [{ id: '語'.repeat(400) }]],
  ['an id that needs spaces', [json({}, { id: ' ' })], [{ id: ' ' }]],
  ['an id that an event of another type has', [json({}), json({}, { type: 'refund' })], [{ id: 'bad' }]],
  ['an order for next week', [json({ placedAt: daysFromNow(7) })], [{ id: 'bad', entity: 'shop-99' }]],
  [
    'nanoseconds, of which microseconds are kept',
    [json({ placedAt: atNoon('.123456789Z') })],
    [{ at: atNoon('.123456Z') }],
  ],
  [
    'a small z, a small t and a comma',
    [json({ placedAt: atNoon(',5z').replace('T', 't') })],
    [{ at: atNoon('.500000Z') }],
  ],
  ['a space for the T', [json({ placedAt: atNoon('Z').replace('T', ' ') })], [{ at: atNoon('.000000Z') }]],
  ['an offset without a colon', [json({ placedAt: atNoon('+0530') })], [{ id: 'bad' }]],
  ['a publication long before the entry', [json({}, { time: daysFromNow(-20) })], [{ id: 'bad' }]],
  [
    'a publication far ahead, which no later one of today replaces',
    [json({}, { time: '2199-12-31T23:59:59Z' }), json({ cents: 1 })],
    [{ id: 'bad', cents: 700 }],
    { read: 4, persisted: 3, stale: 1 },
  ],
  [
    'two events of one id and one instant, of which the same one holds in any order',
    [json({ cents: 1 }), json({ cents: 2 }), json({ cents: 1 }), json({ cents: 2 })], // which one holds differs from day to day
    [{ id: 'bad' }],
    { read: 6, persisted: 3, stale: 2, duplicate: 1 },
  ],
  ['an envelope whose checksum is null', [envelope({ checksum: null, metadata: null })], [{ id: 'bad' }]],
  ['a tombstone that names an id and no more', [['id', 'bad', 'tombstone', 'true']], [{ id: 'bad', deleted: true }]],
  ['a type that is ignored, whatever it says', [['type', 'visit', 'data', '{"x":1}']], [], { read: 3, ignored: 1 }],
])('%s: accepted', async (_sentence, entries, facts, counted = {}) => {
  await publishBetweenNeighbours(ORDERS, ...entries)
  expect(await shops.letters()).toEqual([])
  const { rows } = await shops.db.query(
    `select *, version::text, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at
       from fact_order where id not in ('order-1', 'order-2') order by entity`,
  )
  expect(rows).toMatchObject(facts)
  expect(await shops.rows()).toEqual(
    expect.arrayContaining(expectedRows([BEFORE, AFTER]).map((row) => expect.objectContaining(row))),
  )
  expect(await shops.parity()).toMatchObject({ mismatches: 0, missing: 0 })
  await expectCounted({ read: entries.length + 2, dead_lettered: 0, ...counted })
})

test('a dead letter keeps the bytes that came, UTF-8 or not', async () => {
  const entries = [['data', '{"Zoë":"\0"'], text({ note: Buffer.from('"caf\xe9\\\n', 'latin1') })]
  await publishBetweenNeighbours(ORDERS, ...entries)
  const stored = (await shops.letters()).map(({ raw }) => decodeRawEntry(raw))
  expect(stored).toEqual([
    { fields: entries[0] },
    { fields: expect.any(Array), bytes: entries[1]?.map((each) => Buffer.from(each as string)) },
  ])
})

test('every object stays as it was', () => {
  expect(Object.getOwnPropertyNames(Object.prototype).filter((name) => /kilos|points|shop|cents/.test(name))).toEqual(
    [],
  )
})
