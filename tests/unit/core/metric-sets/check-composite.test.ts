import { describe, expect, test } from 'vitest'
import { checkDefinition } from '../../../../core/metric-sets/check-definition.ts'
import type { CompositeDefinition, MetricSetDefinition } from '../../../../core/metric-sets/definition.ts'
import { createMetricSet, type MetricSetOptions } from '../../../../core/metric-sets/metric-set.ts'

const COMPOSITE: CompositeDefinition = {
  name: 'punctuality',
  over: 'Rows',
  window: '30d',
  inputs: {
    onTime: { ratio: ['onTime', 'departures'] },
    severe: { percent: ['severe', 'complaints'] },
    miles: { value: 'miles' },
  },
  weights: { base: 50, onTime: 40.5, severe: 0.1, miles: 0 },
  score: [
    { plus: 'base' },
    { plus: 'onTime', times: 'onTime' },
    { minus: 'severe', times: 'severe' },
    { plus: 'miles', times: 'miles' },
  ],
  minimum: 0,
  maximum: 99.9,
  decimals: 1,
  sample: 'departures',
  groups: {
    region: { by: 'profile.region', values: ['North', 'South'] },
    size: { by: 'profile.size' },
    open: { by: 'profile.open' },
  },
}

const LONG = 'x'.repeat(101)

const DEFINITION: MetricSetDefinition = {
  entity: 'airport',
  events: {
    departure: {
      id: 'flight',
      entity: 'origin',
      at: 'scheduledAt',
      fields: {
        flight: { type: 'string' },
        origin: { type: 'string' },
        scheduledAt: { type: 'timestamp' },
        delayMinutes: { type: 'integer' },
        miles: { type: 'integer' },
        carrier: { type: 'string', oneOf: ['AA', 'UA'] },
      },
    },
    complaint: {
      entity: 'departure.origin',
      at: 'departure.scheduledAt',
      references: { departure: 'flight' },
      fields: { flight: { type: 'string' }, severity: { type: 'integer' }, topic: { type: 'string' } },
    },
    profile: {
      id: 'code',
      entity: 'code',
      fields: {
        code: { type: 'string' },
        region: { type: 'string' },
        size: { type: 'string', oneOf: ['small', 'large'] },
        open: { type: 'boolean' },
        noise: { type: 'string', oneOf: ['a', 'b\nc'] },
        story: { type: 'string', oneOf: [LONG] },
        gates: { type: 'integer' },
        city: { type: 'string', store: false },
      },
    },
    weather: { ignore: 'nobody can change it', fields: { sky: { type: 'string' } } },
  },
  accumulators: {
    departures: { count: 'departure' },
    onTime: { count: 'departure', where: { delayMinutes: { atMost: 15 } } },
    miles: { sum: 'departure.miles' },
    complaints: { count: 'complaint' },
    severe: { count: 'complaint', where: { severity: { above: 3 } } },
  },
  metrics: { departures: { value: 'departures' } },
  composite: COMPOSITE,
}

const OPTIONS: MetricSetOptions = { windows: [7, 30], alignment: 'UtcDay' }

const MANY = Array.from({ length: 51 }, (_, index) => `region ${index}`)

type Row = readonly [sentence: string, change: object, path: string, message: RegExp]

function problemsOf(change: object) {
  return checkDefinition({ ...DEFINITION, composite: { ...COMPOSITE, ...change } }, OPTIONS)
}

test('nothing is wrong with the base, which can be resolved', () => {
  expect(checkDefinition(DEFINITION, OPTIONS)).toEqual([])
  expect(createMetricSet(DEFINITION, OPTIONS).composite).toMatchObject({
    window: 30,
    groups: [{ values: ['North', 'South'] }, { values: ['small', 'large'] }, { values: ['true', 'false'] }],
  })
})

test('without a window of its own it has the shortest one of the pipeline', () => {
  const { window: _, ...composite } = COMPOSITE
  expect(createMetricSet({ ...DEFINITION, composite }, { ...OPTIONS, windows: [30, 7] }).composite?.window).toBe(7)
})

test('a value of a hundred characters makes a scope, whatever the script', () => {
  for (const value of ['x'.repeat(100), '北'.repeat(100), '🙂'.repeat(100)])
    expect(problemsOf(by('profile.region', [value]))).toEqual([])
})

const NAMES: readonly Row[] = [
  ['a name with a blank', { name: 'my score' }, 'name', /cannot be a name/],
  ['an input with a dash', inputs({ 'on-time': { value: 'onTime' } }), 'inputs.on-time', /cannot be a name/],
  ['a weight with a capital', weights({ Base: 1 }), 'weights.Base', /cannot be a name/],
  ['a group with an equals sign', groups({ 'a=b': { by: 'profile.open' } }), 'groups.a=b', /cannot be a name/],
]

const WINDOWS: readonly Row[] = [
  ['a window of hours', { window: '36h' }, 'window', /"36h" is no whole number of days/],
  ['no window at all', { window: '0d' }, 'window', /no whole number of days/],
  ['a window that no row has', { window: '14d' }, 'window', /no window of the pipeline; rows have 7d, 30d/],
  ['facts that are gone', { over: 'Facts', window: '31d' }, 'window', /further than facts are kept for, 30d/],
]

const FORMULAS: readonly Row[] = [
  ['no input', { inputs: {} }, 'inputs', /declares no input/],
  ['an unknown accumulator', inputs({ miles: { value: 'milez' } }), 'inputs.miles.value', /did you mean "miles"/],
  [
    'an unknown divisor',
    inputs({ onTime: { ratio: ['onTime', 'departure'] } }),
    'inputs.onTime.ratio[1]',
    /did you mean "departures"/,
  ],
  [
    'an unknown part of a percentage',
    inputs({ severe: { percent: ['nothing', 'complaints'] } }),
    'inputs.severe.percent[0]',
    /is no accumulator; there is departures/,
  ],
  ['a weight beyond any measure', weights({ base: 1_000_001 }), 'weights.base', /between -1000000 and 1000000/],
  ['a weight of seven digits', weights({ base: 0.0000001 }), 'weights.base', /at most 6 digits after the point/],
  ['no term', { score: [] }, 'score', /adds nothing up/],
  ['an unknown weight', { score: [{ plus: 'bas' }] }, 'score[0].plus', /"bas" is no weight; did you mean "base"/],
  ['an unknown weight to take off', { score: [{ minus: 'bas' }] }, 'score[0].minus', /did you mean "base"/],
  ['an unknown input', { score: [{ plus: 'base', times: 'ontime' }] }, 'score[0].times', /did you mean "onTime"/],
  ['a weight that does nothing', weights({ spare: 1 }), 'weights.spare', /in no term of the score/],
  ['an input that does nothing', inputs({ spare: { value: 'miles' } }), 'inputs.spare', /in no term of the score/],
]

const BOUNDS: readonly Row[] = [
  ['half a digit', { decimals: 0.5 }, 'decimals', /whole number/],
  ['a bound finer than the score', { maximum: 99.95 }, 'maximum', /99.95 has more digits than the 1 decimals/],
  ['bounds the wrong way round', { minimum: 100, maximum: 0 }, 'minimum', /100 is more than the maximum, 0/],
  ['an unknown sample', { sample: 'departure' }, 'sample', /did you mean "departures"/],
  ['a sample that is a sum', { sample: 'miles' }, 'sample', /"miles" is a sum/],
]

const GROUPS: readonly Row[] = [
  ['a field alone', by('region'), 'groups.g.by', /event.field/],
  ['a field of a field', by('profile.region.name'), 'groups.g.by', /event.field/],
  ['an unknown event type', by('profil.region'), 'groups.g.by', /did you mean "profile"/],
  ['an ignored event type', by('weather.sky'), 'groups.g.by', /is ignored/],
  ['facts of which an entity has many', by('departure.carrier'), 'groups.g.by', /may have several facts of departure/],
  ['facts that are somewhere by reference', by('complaint.topic'), 'groups.g.by', /group by a profile/],
  ['an unknown field', by('profile.regio'), 'groups.g.by', /did you mean "region"/],
  ['a field that is not kept', by('profile.city'), 'groups.g.by', /remove store: false/],
  ['the key', by('profile.code'), 'groups.g.by', /each group would be one entity/],
  ['a number', by('profile.gates'), 'groups.g.by', /an integer; only a string or a boolean/],
  ['any text', by('profile.region'), 'groups.g.by', /may be any text; list in values/],
  ['no value', by('profile.region', []), 'groups.g.values', /lists no value/],
  [
    'a value of two lines',
    by('profile.region', ['a', 'b\nc']),
    'groups.g.values[1]',
    /^"b\\nc" has a control character/,
  ],
  ['a value without an end', by('profile.region', [LONG]), 'groups.g.values[0]', /101 characters .* at most 100/],
  ['a field that may be two lines', by('profile.noise'), 'groups.g.by', /^"b\\nc" has a control character/],
  ['a field without an end', by('profile.story'), 'groups.g.by', /101 characters .* at most 100/],
  ['a value twice', by('profile.region', ['a', 'b', 'a']), 'groups.g.values[2]', /"a" is listed already/],
  ['a value that cannot be', by('profile.size', ['huge']), 'groups.g.values[0]', /none of the field's values/],
  ['values of a boolean', by('profile.open', ['true']), 'groups.g.values', /true and false have a score each/],
  ['more values than can be scored', by('profile.region', MANY), 'groups', /51 values .* more than 50/],
]

describe.each([
  ['names', NAMES],
  ['windows', WINDOWS],
  ['formulas', FORMULAS],
  ['bounds', BOUNDS],
  ['groups', GROUPS],
])('%s: refuses', (_title, rows) => {
  test.each(rows)('%s', (_sentence, change, path, message) => {
    expect(problemsOf(change)).toContainEqual({
      path: `definition.composite.${path}`,
      message: expect.stringMatching(message),
    })
  })
})

function inputs(change: CompositeDefinition['inputs']): object {
  return { inputs: { ...COMPOSITE.inputs, ...change } }
}

function weights(change: CompositeDefinition['weights']): object {
  return { weights: { ...COMPOSITE.weights, ...change } }
}

function groups(change: NonNullable<CompositeDefinition['groups']>): object {
  return { groups: change }
}

function by(field: string, values?: readonly string[]): object {
  return groups({ g: values === undefined ? { by: field } : { by: field, values } })
}
