import { expect, test } from 'vitest'
import { structuralSchema } from '../../../../tools/crd/structural-schema.ts'

const RULES = [{ rule: '[has(self.count), has(self.sum)].exists_one(given, given)' }]

test.each([
  [
    'what is referred to stands where it is used, under the description of its place',
    { $ref: '#/$defs/Weight', description: 'Of the part.' },
    { description: 'Of the part.', type: 'integer', minimum: 1 },
  ],
  [
    'what contains itself is left to others to check',
    { $ref: '#/$defs/Condition', description: 'Which ones.' },
    {
      description: 'Which ones. Checked by the operator and by `mp validate`, for an API server cannot.',
      type: 'object',
      'x-kubernetes-preserve-unknown-fields': true,
    },
  ],
  ['a constant is a choice of one', { type: 'string', const: 'email' }, { type: 'string', enum: ['email'] }],
  [
    'what a number can be at all is no bound',
    { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
    { type: 'integer', minimum: 0 },
  ],
  [
    'an exclusive bound is a bound and a flag',
    { type: 'number', exclusiveMinimum: 0 },
    { type: 'number', minimum: 0, exclusiveMinimum: true },
  ],
  [
    'a pair is a list of two, written as a whole',
    { type: 'array', prefixItems: [{ type: 'string' }, { type: 'string' }] },
    { type: 'array', minItems: 2, maxItems: 2, items: { type: 'string' }, 'x-kubernetes-list-type': 'atomic' },
  ],
  [
    'a list that says how it is merged is left as it is',
    { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
    { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
  ],
  [
    'a map of anything keeps it',
    { type: 'object', propertyNames: { type: 'string' }, additionalProperties: {} },
    { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  ],
  [
    'unknown fields are dropped without a word about them',
    { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false },
    { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
  ],
  [
    'a choice is one object whose rules tell the forms apart',
    {
      anyOf: [
        { type: 'object', properties: { count: { type: 'string' } }, required: ['count'] },
        { type: 'object', properties: { sum: { type: 'string' } }, required: ['sum'] },
      ],
      'x-kubernetes-validations': RULES,
    },
    {
      type: 'object',
      properties: { count: { type: 'string' }, sum: { type: 'string' } },
      'x-kubernetes-validations': RULES,
    },
  ],
  [
    'a number or a text is what Kubernetes calls it',
    {
      anyOf: [{ type: 'string' }, { type: 'integer' }],
      description: 'Memory.',
      maxLength: 32,
      'x-kubernetes-int-or-string': true,
    },
    { description: 'Memory.', maxLength: 32, 'x-kubernetes-int-or-string': true },
  ],
])('%s', (_sentence, schema, expected) => {
  const definitions = { Weight: { type: 'integer', minimum: 1, description: 'A weight.' } }
  expect(structuralSchema(schema, definitions)).toEqual(expected)
})

test.each([
  [
    'a choice that nothing tells apart',
    { anyOf: [{ type: 'object', properties: { a: { type: 'string' } } }], description: 'Either.' },
    'a choice without rules: "Either."',
  ],
  [
    'a list of different things',
    { type: 'array', prefixItems: [{ type: 'string' }, { type: 'number' }] },
    'a tuple of several types',
  ],
])('%s cannot be said', (_what, schema, message) => {
  expect(() => structuralSchema(schema, {})).toThrow(message)
})
