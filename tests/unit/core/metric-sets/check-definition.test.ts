import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkDefinition } from '../../../../core/metric-sets/check-definition.ts'
import type { MetricSetDefinition } from '../../../../core/metric-sets/definition.ts'
import { createMetricSet, type MetricSetOptions } from '../../../../core/metric-sets/metric-set.ts'

const DEFINITION: MetricSetDefinition = {
  entity: 'airport',
  entities: 'airports',
  events: {
    departure: {
      id: 'flight',
      entity: 'origin',
      at: 'scheduledAt',
      version: 'revision',
      streams: ['flights:departures'],
      fields: {
        flight: { type: 'integer' },
        origin: { type: 'string', maxLength: 4 },
        scheduledAt: { type: 'timestamp', maxAhead: '30d' },
        revision: { type: 'integer', minimum: 0 },
        delayMinutes: { type: 'integer', minimum: -1440, maximum: 2880 },
        load: { type: 'decimal', decimals: 2, required: false, minimum: 0, maximum: 1 },
        carrier: { type: 'string', oneOf: ['AA', 'UA'] },
        diverted: { type: 'boolean' },
        gate: { type: 'string', store: false },
        boardedAt: { type: 'timestamp', required: false },
        services: { type: 'strings', required: false, minItems: 1, maxItems: 5 },
      },
      rules: [
        {
          name: 'boards-in-time',
          severity: 'warning',
          when: { diverted: { equals: false } },
          require: {
            compare: [
              { abs: { minutesBetween: ['boardedAt', 'scheduledAt'] } },
              'atMost',
              { add: [{ field: 'delayMinutes' }, 90] },
            ],
          },
          message: 'boarding lasted longer than delay and an hour and a half',
        },
        {
          name: 'few-services',
          severity: 'warning',
          require: { compare: [{ length: 'services' }, 'below', { multiply: [2, { field: 'load' }] }] },
          message: 'more services than seats',
        },
      ],
    },
    complaint: {
      id: 'complaintId',
      entity: 'departure.origin',
      at: 'departure.scheduledAt',
      references: { departure: 'flight' },
      fields: {
        complaintId: { type: 'string' },
        flight: { type: 'integer' },
        severity: { type: 'integer', minimum: 1, maximum: 5 },
      },
    },
    profile: {
      id: 'code',
      entity: 'code',
      fields: { code: { type: 'string' }, open: { type: 'boolean' } },
    },
    weather: { ignore: 'nobody can change it', fields: {} },
  },
  active: { event: 'profile', where: { open: { equals: true } } },
  signals: { complaints: 'Expected' },
  accumulators: {
    departures: { count: 'departure' },
    onTime: {
      count: 'departure',
      where: { all: [{ delayMinutes: { atMost: 15 } }, { not: { diverted: { equals: true } } }] },
    },
    delay: {
      sum: 'departure.delayMinutes',
      where: { any: [{ carrier: { oneOf: ['AA'] } }, { load: { atLeast: 0.25 } }] },
    },
    severe: { count: 'complaint', where: { severity: { above: 3 }, 'departure.delayMinutes': { below: 60 } } },
  },
  metrics: {
    departures: { value: 'departures' },
    on_time_rate: { percent: ['onTime', 'departures'], decimals: 2 },
    mean_delay: { ratio: ['delay', 'departures'], decimals: 2 },
    quality: {
      weighted: [
        { weight: 3, percent: ['onTime', 'departures'], atMost: 100, otherwise: 50 },
        { weight: 1, percent: ['severe', 'departures'], signal: 'complaints' },
      ],
      requires: 'departures',
      decimals: 1,
    },
    quality_coverage: { coverage: 'quality', decimals: 1 },
  },
  tiers: {
    Default: {
      version: 1,
      flags: { on_time_rate: { green: { atLeast: 85 }, red: { below: 70 } } },
      order: [{ tier: 'Good', when: { green: { atLeast: 1 } } }, { tier: 'Usual' }],
      minimum: { departures: 10, severe: 0 },
    },
  },
}

const EVENTS = DEFINITION.events

const EVENTS_WITH_UNKEPT_TIME = {
  ...EVENTS,
  departure: changed(EVENTS['departure'], 'fields boardedAt', { type: 'timestamp', store: false }),
  complaint: changed(EVENTS['complaint'], 'at', 'departure.boardedAt'),
}

const OPTIONS: MetricSetOptions = { windows: [7, 30, 90], alignment: 'UtcDay' }

/** The base with one place changed; `undefined` removes it. Keys are separated by blanks, for some of them hold dots. */
function changed<T>(base: T, place: string, value: unknown): T {
  const copy = structuredClone(base)
  const keys = place.split(' ')
  const last = keys.pop() as string
  const parent = keys.reduce((at, key) => (at[key] ??= {}) as Record<string, unknown>, copy as Record<string, unknown>)
  if (value === undefined) delete parent[last]
  else parent[last] = value
  return copy
}

const NAMED_41 = `a${'b'.repeat(40)}`

/** 40 letters that make a column of 60. */
const CAMELS = 'aB'.repeat(20)

type Row = readonly [sentence: string, place: string, value: unknown, path: string, message: RegExp]

const NAMES: readonly Row[] = [
  ['an entity with a capital', 'entity', 'Airport', 'entity', /"Airport" cannot be a name/],
  ['a plural with a dash', 'entities', 'air-ports', 'entities', /cannot be a name/],
  ['an event type with a dot', 'events a.b', { ignore: 'no', fields: {} }, 'events.a.b', /cannot be a name/],
  ['a name of 41 characters', `metrics ${NAMED_41}`, { value: 'delay' }, `metrics.${NAMED_41}`, /up to 39/],
  [
    'a name that every object has',
    'accumulators constructor',
    { count: 'departure' },
    'accumulators.constructor',
    /reserved/,
  ],
  [
    'a signal with a blank',
    'signals',
    { 'a b': 'Expected', complaints: 'Expected' },
    'signals.a b',
    /cannot be a name/,
  ],
  [
    'a field called like a condition',
    'events departure fields any',
    { type: 'boolean' },
    'events.departure.fields.any',
    /word of conditions/,
  ],
  [
    'a rule without a name',
    'events departure rules 0 name',
    '',
    'events.departure.rules[0].name',
    /cannot name a rule/,
  ],
  [
    'two rules of one name',
    'events departure rules 1 name',
    'boards-in-time',
    'events.departure.rules[1].name',
    /already/,
  ],
  [
    'a rule that says nothing',
    'events departure rules 0 message',
    ' ',
    'events.departure.rules[0].message',
    /says nothing/,
  ],
]

const FIELDS: readonly Row[] = [
  [
    'a length for a number',
    'events departure fields delayMinutes maxLength',
    3,
    'events.departure.fields.delayMinutes.maxLength',
    /string or strings, but this one is of type integer/,
  ],
  [
    'a bound for a text',
    'events departure fields origin minimum',
    3,
    'events.departure.fields.origin.minimum',
    /integer or decimal/,
  ],
  [
    'decimals for an integer',
    'events departure fields delayMinutes decimals',
    0,
    'events.departure.fields.delayMinutes.decimals',
    /for fields of type decimal/,
  ],
  [
    'a horizon for a text',
    'events departure fields origin maxAhead',
    '1d',
    'events.departure.fields.origin.maxAhead',
    /for fields of type timestamp/,
  ],
  [
    'a horizon that is no duration',
    'events departure fields scheduledAt maxAhead',
    'soon',
    'events.departure.fields.scheduledAt.maxAhead',
    /no duration/,
  ],
  [
    'a minimum above the maximum',
    'events departure fields load minimum',
    2,
    'events.departure.fields.load.minimum',
    /exceeds maximum/,
  ],
  [
    'a length below zero',
    'events departure fields origin minLength',
    -1,
    'events.departure.fields.origin.minLength',
    /from 0 on/,
  ],
  [
    'a decimal without decimals',
    'events departure fields load decimals',
    undefined,
    'events.departure.fields.load',
    /add decimals/,
  ],
  ['ten decimals', 'events departure fields load decimals', 10, 'events.departure.fields.load.decimals', /from 0 to 9/],
  [
    'a bound finer than the decimals',
    'events departure fields load maximum',
    0.125,
    'events.departure.fields.load.maximum',
    /more digits than the 2 decimals/,
  ],
  [
    'half a number as bound of an integer',
    'events departure fields delayMinutes minimum',
    -0.5,
    'events.departure.fields.delayMinutes.minimum',
    /no whole number/,
  ],
  [
    'a bound beyond exact integers',
    'events departure fields load maximum',
    1e15,
    'events.departure.fields.load.maximum',
    /counted exactly/,
  ],
  [
    'lenient but required',
    'events departure fields carrier lenient',
    true,
    'events.departure.fields.carrier.lenient',
    /add required: false/,
  ],
  [
    'a path with an empty key',
    'events departure fields carrier path',
    'meta..carrier',
    'events.departure.fields.carrier.path',
    /empty key/,
  ],
  [
    'values to choose from that are none',
    'events departure fields carrier oneOf',
    [],
    'events.departure.fields.carrier.oneOf',
    /lists no value/,
  ],
  [
    'the same value twice',
    'events departure fields carrier oneOf',
    ['AA', 'AA'],
    'events.departure.fields.carrier.oneOf',
    /twice/,
  ],
  [
    'a value that is too long',
    'events departure fields carrier maxLength',
    1,
    'events.departure.fields.carrier.oneOf',
    /longer than/,
  ],
]

const PARTS: readonly Row[] = [
  [
    'an id that is no field',
    'events departure id',
    'fligth',
    'events.departure.id',
    /"fligth" is no field of this event; did you mean "flight"\?/,
  ],
  [
    'an id that is a decimal',
    'events departure id',
    'load',
    'events.departure.id',
    /a decimal, but the id must be of type string or integer/,
  ],
  [
    'an entity that is a timestamp',
    'events departure entity',
    'scheduledAt',
    'events.departure.entity',
    /must be of type string or integer/,
  ],
  [
    'an entity that is optional',
    'events departure fields origin required',
    false,
    'events.departure.entity',
    /cannot be optional/,
  ],
  [
    'an entity that is not kept',
    'events departure fields origin store',
    false,
    'events.departure.entity',
    /always kept/,
  ],
  [
    'a time that is a text',
    'events departure at',
    'gate',
    'events.departure.at',
    /a string, but the at must be of type timestamp/,
  ],
  ['a time that is optional', 'events departure at', 'boardedAt', 'events.departure.at', /cannot be optional/],
  ['a version that is a text', 'events departure version', 'gate', 'events.departure.version', /integer or timestamp/],
  [
    'a version that is optional',
    'events departure fields revision required',
    false,
    'events.departure.version',
    /cannot be optional/,
  ],
  [
    'a reference field that is none',
    'events complaint references departure',
    'flights',
    'events.complaint.references.departure',
    /did you mean "flight"/,
  ],
  [
    'a reference through a decimal',
    'events complaint fields flight',
    { type: 'decimal', decimals: 0 },
    'events.complaint.references.departure',
    /string or integer/,
  ],
  ['an event that counts for nobody', 'events profile entity', undefined, 'events.profile', /names no entity/],
  [
    'a stream that implies two types',
    'events profile streams',
    ['flights:departures'],
    'events.profile.streams[0]',
    /implies the type departure already/,
  ],
  ['a stream without a name', 'events profile streams', [''], 'events.profile.streams[0]', /is empty/],
  ['no event type', 'events', {}, 'events', /declares no event type/],
]

const REFERENCES: readonly Row[] = [
  [
    'an unknown event type',
    'events complaint references',
    { depature: 'flight' },
    'events.complaint.references.depature',
    /did you mean "departure"/,
  ],
  [
    'two references',
    'events complaint references profile',
    'complaintId',
    'events.complaint.references',
    /at most one other/,
  ],
  [
    'an ignored event type',
    'events departure ignore',
    'why not',
    'events.complaint.references.departure',
    /is ignored/,
  ],
  [
    'an event type that refers on',
    'events departure references',
    { profile: 'origin' },
    'events.complaint.references.departure',
    /one step/,
  ],
  [
    'an event type without an entity',
    'events departure entity',
    undefined,
    'events.complaint.references.departure',
    /no entity of its own/,
  ],
  [
    'an entity of its own',
    'events complaint entity',
    'complaintId',
    'events.complaint.entity',
    /must be "departure.origin", not "complaintId"/,
  ],
  [
    'another field of the right event',
    'events complaint entity',
    'departure.carrier',
    'events.complaint.entity',
    /must be "departure.origin"/,
  ],
  ['no entity at all', 'events complaint entity', undefined, 'events.complaint', /add entity: departure.origin/],
  [
    'a path without a reference',
    'events departure entity',
    'profile.code',
    'events.departure.entity',
    /this event has none/,
  ],
  [
    'a time through another event',
    'events complaint at',
    'profile.open',
    'events.complaint.at',
    /the reference is to departure/,
  ],
  [
    'a time that the other event lacks',
    'events complaint at',
    'departure.scheduled_at',
    'events.complaint.at',
    /did you mean "scheduledAt"/,
  ],
  [
    'a time that is none there',
    'events complaint at',
    'departure.delayMinutes',
    'events.complaint.at',
    /an integer, but at must be/,
  ],
  ['a time that is optional there', 'events complaint at', 'departure.boardedAt', 'events.complaint.at', /is optional/],
  ['a time that is not kept there', 'events', EVENTS_WITH_UNKEPT_TIME, 'events.complaint.at', /is not kept/],
]

const TABLES: readonly Row[] = [
  [
    'a mark for no field',
    'events departure',
    { ...EVENTS['departure'], table: 'flights', alsoMarks: ['orign'] },
    'events.departure.alsoMarks[0]',
    /did you mean "origin"/,
  ],
  [
    'a mark for an instant',
    'events departure',
    { ...EVENTS['departure'], table: 'flights', alsoMarks: ['boardedAt'] },
    'events.departure.alsoMarks[0]',
    /a timestamp, but names an entity/,
  ],
  ['a table that is none', 'events departure table', 'drop table', 'events.departure.table', /no table name/],
  [
    'a referenced table without an id',
    'events departure',
    { ...EVENTS['departure'], id: undefined, table: 'flights' },
    'events.complaint.references.departure',
    /which of its fields is the id/,
  ],
  [
    'the other side of a move, without a table',
    'events departure alsoMarks',
    ['carrier'],
    'events.departure.alsoMarks',
    /existing table only/,
  ],
]

const RULES: readonly Row[] = [
  [
    'a rule on a field that is none',
    'events departure rules 0 when',
    { divertd: { equals: true } },
    'events.departure.rules[0].when.divertd',
    /did you mean "diverted"/,
  ],
  [
    'a rule through a reference',
    'events complaint rules',
    [rule({ 'departure.origin': { equals: 'X' } })],
    'events.complaint.rules[0].require.departure.origin',
    /no field of this event/,
  ],
  [
    'a condition that tests nothing',
    'events departure rules 0 require',
    {},
    'events.departure.rules[0].require',
    /tests nothing/,
  ],
  [
    'a field test that tests nothing',
    'events departure rules 0 require',
    { diverted: {} },
    'events.departure.rules[0].require.diverted',
    /tests nothing/,
  ],
  [
    'an empty all',
    'events departure rules 0 require',
    { all: [] },
    'events.departure.rules[0].require.all',
    /holds no condition/,
  ],
  [
    'a word beside a field',
    'events departure rules 0 require',
    { not: { diverted: { equals: true } }, load: { above: 0 } },
    'events.departure.rules[0].require',
    /"not" stands alone/,
  ],
  [
    'a sum of a text',
    'events departure rules 0 require',
    { compare: [{ field: 'gate' }, 'above', 1] },
    'events.departure.rules[0].require.compare[0].field',
    /integer or decimal is needed/,
  ],
  [
    'the length of a number',
    'events departure rules 0 require',
    { compare: [1, 'above', { length: 'load' }] },
    'events.departure.rules[0].require.compare[2].length',
    /string or strings/,
  ],
  [
    'minutes between texts',
    'events departure rules 0 require',
    { compare: [{ minutesBetween: ['gate', 'scheduledAt'] }, 'above', 1] },
    'events.departure.rules[0].require.compare[0].minutesBetween[0]',
    /timestamp is needed/,
  ],
  [
    'an unknown operand',
    'events departure rules 0 require',
    { compare: [{ subtract: [1, { abs: { field: 'delay' } }] }, 'above', 1] },
    'events.departure.rules[0].require.compare[0].subtract[1].abs.field',
    /no field of this event/,
  ],
  [
    'a sum of nothing',
    'events departure rules 0 require',
    { compare: [{ add: [] }, 'above', 1] },
    'events.departure.rules[0].require.compare[0].add',
    /no operand/,
  ],
]

const WHERE = 'accumulators delay where'

const CONDITIONS: readonly Row[] = [
  [
    'a field that is none',
    WHERE,
    { delay_minutes: { above: 1 } },
    'accumulators.delay.where.delay_minutes',
    /did you mean "delayMinutes"/,
  ],
  ['a field that is not kept', WHERE, { gate: { present: true } }, 'accumulators.delay.where.gate', /is not kept/],
  [
    'a comparison between fields',
    WHERE,
    { any: [{ compare: [{ field: 'load' }, 'above', 1] }] },
    'accumulators.delay.where.any[0].compare',
    /in rules only/,
  ],
  [
    'a field through no reference',
    WHERE,
    { 'profile.open': { equals: true } },
    'accumulators.delay.where.profile.open',
    /refers to none/,
  ],
  [
    'a field through another event',
    'accumulators severe where',
    { 'profile.open': { equals: true } },
    'accumulators.severe.where.profile.open',
    /reference is to departure/,
  ],
  [
    'a field that the other event lacks',
    'accumulators severe where',
    { 'departure.lod': { above: 0 } },
    'accumulators.severe.where.departure.lod',
    /did you mean "load"/,
  ],
  [
    'a field that is not kept there',
    'accumulators severe where',
    { 'departure.gate': { equals: 'B1' } },
    'accumulators.severe.where.departure.gate',
    /"departure.gate" is not kept/,
  ],
  ['a number for a text', WHERE, { carrier: { equals: 1 } }, 'accumulators.delay.where.carrier', /1 is not a text/],
  [
    'a text for a number',
    WHERE,
    { delayMinutes: { equals: '15' } },
    'accumulators.delay.where.delayMinutes',
    /"15" is not a number/,
  ],
  [
    'a text for a truth',
    WHERE,
    { diverted: { equals: 'true' } },
    'accumulators.delay.where.diverted',
    /not true or false/,
  ],
  [
    'a value that the field cannot have',
    WHERE,
    { carrier: { oneOf: ['AA', 'DL'] } },
    'accumulators.delay.where.carrier',
    /"DL" is none of the field's values: AA, UA/,
  ],
  [
    'a number out of range',
    WHERE,
    { delayMinutes: { equals: 9999 } },
    'accumulators.delay.where.delayMinutes',
    /outside the field's minimum and maximum/,
  ],
  ['a bound finer than the field', WHERE, { load: { above: 0.125 } }, 'accumulators.delay.where.load', /more digits/],
  [
    'half an integer',
    WHERE,
    { delayMinutes: { atMost: 1.5 } },
    'accumulators.delay.where.delayMinutes',
    /no whole number/,
  ],
  ['a bound for a text', WHERE, { carrier: { above: 1 } }, 'accumulators.delay.where.carrier', /compares numbers/],
  [
    'an instant as a literal',
    WHERE,
    { scheduledAt: { equals: '2026-01-01' } },
    'accumulators.delay.where.scheduledAt',
    /only be tested with "present"/,
  ],
  [
    'a list as a literal',
    WHERE,
    { services: { equals: 'wifi' } },
    'accumulators.delay.where.services',
    /only be tested with "present"/,
  ],
  ['an integer key as a number', WHERE, { flight: { above: 1 } }, 'accumulators.delay.where.flight', /kept as text/],
  [
    'no value to choose from',
    WHERE,
    { carrier: { oneOf: [] } },
    'accumulators.delay.where.carrier.oneOf',
    /never hold/,
  ],
]

const ACCUMULATORS: readonly Row[] = [
  [
    'a count of no event type',
    'accumulators departures count',
    'departures',
    'accumulators.departures.count',
    /did you mean "departure"/,
  ],
  [
    'a count of a field',
    'accumulators departures count',
    'departure.gate',
    'accumulators.departures.count',
    /names an event type alone: "departure"/,
  ],
  [
    'a count of what is ignored',
    'accumulators departures count',
    'weather',
    'accumulators.departures.count',
    /is ignored/,
  ],
  [
    'a count of what is in no window',
    'accumulators departures count',
    'profile',
    'accumulators.departures.count',
    /in no window/,
  ],
  ['a sum of an event type', 'accumulators delay sum', 'departure', 'accumulators.delay.sum', /event.field/],
  [
    'a sum through a reference',
    'accumulators delay sum',
    'complaint.departure.load',
    'accumulators.delay.sum',
    /event.field/,
  ],
  ['a sum of no field', 'accumulators delay sum', 'departure.delay', 'accumulators.delay.sum', /no field of departure/],
  [
    'a sum of texts',
    'accumulators delay sum',
    'departure.carrier',
    'accumulators.delay.sum',
    /only integers and decimals/,
  ],
  [
    'a sum of what is not kept',
    'events departure fields delayMinutes store',
    false,
    'accumulators.delay.sum',
    /is not kept/,
  ],
  ['a sum of keys', 'accumulators delay sum', 'departure.flight', 'accumulators.delay.sum', /kept as text/],
  ['no accumulator', 'accumulators', {}, 'accumulators', /declares no accumulator/],
]

const METRICS: readonly Row[] = [
  [
    'a value of no accumulator',
    'metrics departures value',
    'departure',
    'metrics.departures.value',
    /did you mean "departures"/,
  ],
  [
    'a ratio over no accumulator',
    'metrics mean_delay ratio',
    ['delay', 'flights'],
    'metrics.mean_delay.ratio[1]',
    /no accumulator/,
  ],
  [
    'a percentage of no accumulator',
    'metrics on_time_rate percent',
    ['on_time', 'departures'],
    'metrics.on_time_rate.percent[0]',
    /did you mean "onTime"/,
  ],
  ['half a digit', 'metrics mean_delay decimals', 1.5, 'metrics.mean_delay.decimals', /from 0 to 9/],
  ['ten digits', 'metrics mean_delay decimals', 10, 'metrics.mean_delay.decimals', /from 0 to 9/],
  ['a score of nothing', 'metrics quality weighted', [], 'metrics.quality.weighted', /has no part/],
  ['half a weight', 'metrics quality weighted 0 weight', 0.5, 'metrics.quality.weighted[0].weight', /above 0/],
  [
    'a part of no accumulator',
    'metrics quality weighted 1 percent 0',
    'sever',
    'metrics.quality.weighted[1].percent[0]',
    /did you mean "severe"/,
  ],
  [
    'half a percent at most',
    'metrics quality weighted 0 atMost',
    99.5,
    'metrics.quality.weighted[0].atMost',
    /whole number/,
  ],
  [
    'half a percent otherwise',
    'metrics quality weighted 0 otherwise',
    0.5,
    'metrics.quality.weighted[0].otherwise',
    /whole number/,
  ],
  [
    'a signal that is none',
    'metrics quality weighted 1 signal',
    'complaint',
    'metrics.quality.weighted[1].signal',
    /did you mean "complaints"/,
  ],
  [
    'a score that requires no accumulator',
    'metrics quality requires',
    'arrivals',
    'metrics.quality.requires',
    /no accumulator/,
  ],
  [
    'coverage of no metric',
    'metrics quality_coverage coverage',
    'qualty',
    'metrics.quality_coverage.coverage',
    /did you mean "quality"/,
  ],
  [
    'coverage of a ratio',
    'metrics quality_coverage coverage',
    'mean_delay',
    'metrics.quality_coverage.coverage',
    /not weighted/,
  ],
  ['no metric', 'metrics', {}, 'metrics', /declares no metric/],
]

const TIERS: readonly Row[] = [
  [
    'a rule set with a blank',
    'tiers',
    { ...DEFINITION.tiers, 'a b': DEFINITION.tiers?.['Default'] },
    'tiers.a b',
    /cannot be a name/,
  ],
  ['a version of zero', 'tiers Default version', 0, 'tiers.Default.version', /above 0/],
  [
    'a flag of no metric',
    'tiers Default flags',
    { on_time: { red: { above: 1 } } },
    'tiers.Default.flags.on_time',
    /no metric/,
  ],
  [
    'a flag without a colour',
    'tiers Default flags mean_delay',
    {},
    'tiers.Default.flags.mean_delay',
    /neither what is green/,
  ],
  [
    'a colour without a bound',
    'tiers Default flags on_time_rate red',
    {},
    'tiers.Default.flags.on_time_rate.red',
    /tests nothing/,
  ],
  ['no flag', 'tiers Default flags', {}, 'tiers.Default.flags', /raises no flag/],
  ['no tier', 'tiers Default order', [], 'tiers.Default.order', /names no tier/],
  [
    'a last tier with a condition',
    'tiers Default order 1 when',
    { red: { equals: 0 } },
    'tiers.Default.order[1].when',
    /has no when/,
  ],
  [
    'a tier that hides the rest',
    'tiers Default order 0 when',
    undefined,
    'tiers.Default.order[0]',
    /could never be given/,
  ],
  ['a condition without a colour', 'tiers Default order 0 when', {}, 'tiers.Default.order[0].when', /neither how many/],
  [
    'a count without a bound',
    'tiers Default order 0 when green',
    {},
    'tiers.Default.order[0].when.green',
    /tests nothing/,
  ],
  ['a tier without a name', 'tiers Default order 0 tier', '', 'tiers.Default.order[0].tier', /empty/],
  [
    'a minimum of nothing known',
    'tiers Default minimum',
    { depatures: 1 },
    'tiers.Default.minimum.depatures',
    /did you mean "departures"/,
  ],
]

const COLUMNS: readonly Row[] = [
  [
    'two fields of one column',
    'events departure fields delay_minutes',
    { type: 'integer' },
    'events.departure.fields.delay_minutes',
    /column delay_minutes, which "delayMinutes" has/,
  ],
  [
    'a field called like an engine column',
    'events departure fields hash',
    { type: 'string' },
    'events.departure.fields.hash',
    /every fact has/,
  ],
  [
    "a field called like one of PostgreSQL's own columns",
    'events departure fields xmin',
    { type: 'integer' },
    'events.departure.fields.xmin',
    /every fact has/,
  ],
  [
    'a field called id that is not the id',
    'events departure fields id',
    { type: 'string' },
    'events.departure.fields.id',
    /every fact has/,
  ],
  [
    'two event types of one table',
    'events',
    { ...EVENTS, gateChange: EVENTS['profile'], gate_change: EVENTS['profile'] },
    'events.gate_change',
    /table fact_gate_change, which "gateChange" has/,
  ],
  [
    'an event type whose table is called like an index',
    'events',
    { ...EVENTS, departureEntity: EVENTS['profile'] },
    'events.departureEntity',
    /table fact_departure_entity, which "departure" has/,
  ],
  [
    'an event type whose index is called like a table',
    'events',
    { complaint_reference: EVENTS['profile'], ...EVENTS },
    'events.complaint',
    /index fact_complaint_reference, which "complaint_reference" has/,
  ],
  [
    'two metrics of one column',
    'metrics meanDelay',
    { value: 'delay' },
    'metrics.meanDelay',
    /column mean_delay, which "mean_delay" has/,
  ],
  [
    'two accumulators of one column',
    'accumulators on_time',
    { count: 'departure' },
    'accumulators.on_time',
    /column acc_on_time, which "onTime" has/,
  ],
  [
    'a metric called like an accumulator column',
    'metrics acc_delay',
    { value: 'delay' },
    'metrics.acc_delay',
    /which "delay" has/,
  ],
  ['a metric called like a row column', 'metrics asOf', { value: 'delay' }, 'metrics.asOf', /every row has/],
  ['a metric called flags', 'metrics flags', { value: 'delay' }, 'metrics.flags', /every row has/],
  ['a metric called tier', 'metrics tier', { value: 'delay' }, 'metrics.tier', /every row has/],
  ['a metric called like a colour', 'metrics green', { value: 'delay' }, 'metrics.green', /every row has/],
  [
    'an accumulator with a long column',
    `accumulators ${CAMELS}`,
    { count: 'departure' },
    `accumulators.${CAMELS}`,
    /characters where PostgreSQL keeps 63/,
  ],
  [
    'a metric whose column is long in a window',
    `metrics ${CAMELS}`,
    { value: 'delay' },
    `metrics.${CAMELS}`,
    /_90d, which has 64 characters/,
  ],
  [
    'an event type with a long table',
    `events ${CAMELS}`,
    { entity: 'a', fields: { a: { type: 'string' } } },
    `events.${CAMELS}`,
    /characters where PostgreSQL keeps 63/,
  ],
  ['an entity with long tables', 'entity', CAMELS, 'entity', /choose a shorter name/],
]

const ACTIVE: readonly Row[] = [
  ['an unknown event type', 'active event', 'profil', 'active.event', /did you mean "profile"/],
  ['an ignored event type', 'active event', 'weather', 'active.event', /is ignored/],
  ['an event type with a borrowed entity', 'active event', 'complaint', 'active.event', /no entity of its own/],
  ['a field that is none', 'active where', { opn: { equals: true } }, 'active.where.opn', /did you mean "open"/],
]

function rule(require: unknown): unknown {
  return { name: 'a-rule', severity: 'error', require, message: 'is wrong' }
}

test('nothing is wrong with the base', () => {
  expect(checkDefinition(DEFINITION, OPTIONS)).toEqual([])
})

describe.each([
  ['names', NAMES],
  ['fields', FIELDS],
  ['parts of a fact', PARTS],
  ['references', REFERENCES],
  ['tables', TABLES],
  ['rules', RULES],
  ['conditions', CONDITIONS],
  ['accumulators', ACCUMULATORS],
  ['metrics', METRICS],
  ['tiers', TIERS],
  ['columns', COLUMNS],
  ['active entities', ACTIVE],
])('%s: refuses', (_title, rows) => {
  test.each(rows)('%s', (_sentence, place, value, path, message) => {
    const problems = checkDefinition(changed(DEFINITION, place, value), OPTIONS)
    expect(problems).toContainEqual({ path: `definition.${path}`, message: expect.stringMatching(message) })
  })
})

const CHOICES: readonly Row[] = [
  ['no window', 'windows', [], 'windows', /1 to 8/],
  ['nine windows', 'windows', [1, 2, 3, 4, 5, 6, 7, 8, 9], 'windows', /1 to 8/],
  ['half a day', 'windows', [7, 0.5], 'windows[1]', /whole number of days/],
  ['no day', 'windows', [0], 'windows[0]', /from 1 to 3650/],
  ['more than ten years', 'windows', [3651], 'windows[0]', /from 1 to 3650/],
  ['the same window twice', 'windows', [7, 30, 7], 'windows[2]', /listed already/],
  ['an unknown signal', 'signals', { complaint: 'Absent' }, 'signals.complaint', /did you mean "complaints"/],
  ['a table for no event type', 'tables', { departures: 'flights' }, 'tables.departures', /did you mean "departure"/],
  ['an unknown rule set', 'tierRules', 'default', 'tierRules', /did you mean "Default"/],
]

describe('what a pipeline adds: refuses', () => {
  test.each(CHOICES)('%s', (_sentence, place, value, path, message) => {
    const problems = checkDefinition(DEFINITION, changed(OPTIONS, place, value))
    expect(problems).toContainEqual({ path, message: expect.stringMatching(message) })
  })

  test('a set whose rule sets hide the default, unless one is chosen', () => {
    const definition = { ...DEFINITION, tiers: { Strict: DEFINITION.tiers?.['Default'] } } as MetricSetDefinition
    expect(checkDefinition(definition, OPTIONS)).toEqual([
      { path: 'tierRules', message: expect.stringMatching(/one of Strict/) },
    ])
    expect(checkDefinition(definition, { ...OPTIONS, tierRules: 'Strict' })).toEqual([])
  })
})

describe('accepts', () => {
  test.each([
    [
      'a field called like the engine column that it is',
      'events profile',
      profileOf('id', 'entity', { id: {}, entity: {} }),
    ],
    ['a field that is not kept under a taken name', 'events departure fields hash', { type: 'string', store: false }],
    ['a text key compared with a text', 'accumulators delay where', { origin: { equals: 'JFK' } }],
    ['an entity by number', 'events departure fields origin', { type: 'integer' }],
    ['a set without tiers', 'tiers', undefined],
    [
      'both sides of a move in an existing table',
      'events departure',
      { ...EVENTS['departure'], table: 'ops.flights', alsoMarks: ['gate'] },
    ],
  ])('%s', (_sentence, place, value) => {
    expect(checkDefinition(changed(DEFINITION, place, value), OPTIONS)).toEqual([])
  })
})

function profileOf(id: string, entity: string, fields: Readonly<Record<string, object>>): unknown {
  const typed = Object.fromEntries(Object.keys(fields).map((name) => [name, { type: 'string' }]))
  return { id, entity, fields: { ...typed, open: { type: 'boolean' } } }
}

/** Every place in a value that holds a text, as keys separated by blanks. */
function textPlaces(value: unknown, place = ''): readonly (readonly [place: string, text: string])[] {
  if (typeof value === 'string') return [[place.trim(), value]]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => textPlaces(inner, `${place} ${key}`))
}

const PLACES = textPlaces(DEFINITION).filter(([place]) => !/ (type|severity|version)$/.test(place))

test('what is accepted can be resolved, whatever name stands wherever', () => {
  const names = fc.constantFrom(...new Set(PLACES.map(([, text]) => text)), 'nothing', 'departure.nothing')
  fc.assert(
    fc.property(fc.constantFrom(...PLACES), names, ([place], name) => {
      const definition = changed(DEFINITION, place, name)
      if (checkDefinition(definition, OPTIONS).length === 0) createMetricSet(definition, OPTIONS)
    }),
    { numRuns: 2_000 },
  )
})
