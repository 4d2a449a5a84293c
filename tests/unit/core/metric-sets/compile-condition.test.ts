import { describe, expect, test } from 'vitest'
import { compileCondition, type Truth } from '../../../../core/metric-sets/compile-condition.ts'
import type { Comparison, Condition, Expression } from '../../../../core/metric-sets/definition.ts'
import type { FindField, Value } from '../../../../core/metric-sets/value.ts'
import { MICROS_PER_MINUTE } from '../../../../core/time/instant.ts'

const FIELDS = ['count', 'price', 'fee', 'total', 'name', 'tags', 'open', 'from', 'to'] as const

const DECIMALS: Readonly<Record<string, number>> = { price: 2, fee: 2, total: 3 }

type Row = { readonly [field in (typeof FIELDS)[number]]?: Value }

const find: FindField = (name) => ({
  index: (FIELDS as readonly string[]).indexOf(name),
  decimals: DECIMALS[name] ?? 0,
})

function truth(condition: Condition, row: Row): Truth {
  return compileCondition(condition, find)(FIELDS.map((field) => row[field] ?? null))
}

describe('a test of one field', () => {
  test.each<[string, Condition, Row, Truth]>([
    ['an equal text', { name: { equals: 'a' } }, { name: 'a' }, true],
    ['another text', { name: { equals: 'a' } }, { name: 'b' }, false],
    ['a text whose case differs', { name: { equals: 'a' } }, { name: 'A' }, false],
    ['an absent text is neither', { name: { equals: 'a' } }, {}, undefined],
    ['false equals false', { open: { equals: false } }, { open: false }, true],
    ['an absent boolean is not false', { open: { equals: false } }, {}, undefined],
    ['zero equals zero', { count: { equals: 0 } }, { count: 0 }, true],
    ['a number equals no text', { name: { equals: 1 } }, { name: '1' }, false],
    ['a decimal is compared in its own unit', { price: { equals: 4.35 } }, { price: 435 }, true],
    ['one of several', { name: { oneOf: ['a', 'b'] } }, { name: 'b' }, true],
    ['none of several', { name: { oneOf: ['a', 'b'] } }, { name: 'c' }, false],
    ['absent, of several', { name: { oneOf: ['a', 'b'] } }, {}, undefined],
    ['one of several decimals', { price: { oneOf: [0.1, 0.3] } }, { price: 30 }, true],
    ['at least, on the bound', { price: { atLeast: 4.35 } }, { price: 435 }, true],
    ['at least, below it', { price: { atLeast: 4.35 } }, { price: 434 }, false],
    ['at most, on the bound', { price: { atMost: 4.35 } }, { price: 435 }, true],
    ['at most, above it', { price: { atMost: 4.35 } }, { price: 436 }, false],
    ['above, on the bound', { price: { above: 4.35 } }, { price: 435 }, false],
    ['above it', { price: { above: 4.35 } }, { price: 436 }, true],
    ['below, on the bound', { price: { below: 4.35 } }, { price: 435 }, false],
    ['below it', { price: { below: 4.35 } }, { price: 434 }, true],
    ['a bound on nothing', { price: { below: 4.35 } }, {}, undefined],
    ['inside a range', { count: { atLeast: 1, below: 5 } }, { count: 4 }, true],
    ['at the open end of a range', { count: { atLeast: 1, below: 5 } }, { count: 5 }, false],
    ['present', { name: { present: true } }, { name: '' }, true],
    ['not present', { name: { present: true } }, {}, false],
    ['absent', { name: { present: false } }, {}, true],
    ['not absent', { name: { present: false } }, { name: '' }, false],
    ['false is present', { open: { present: true } }, { open: false }, true],
    ['present and above', { count: { present: true, above: 1 } }, {}, false],
  ])('%s', (_sentence, condition, row, expected) => {
    expect(truth(condition, row)).toBe(expected)
  })
})

const T: Condition = { open: { equals: true } }
const F: Condition = { open: { equals: false } }
const U: Condition = { name: { equals: 'a' } }

describe('three-valued logic', () => {
  test.each<[string, Condition, Truth]>([
    ['true and true', { all: [T, T] }, true],
    ['true and false', { all: [T, F] }, false],
    ['true and unknown', { all: [T, U] }, undefined],
    ['unknown and false', { all: [U, F] }, false],
    ['false and unknown', { all: [F, U] }, false],
    ['nothing at all holds', { all: [] }, true],
    ['true or unknown', { any: [T, U] }, true],
    ['unknown or true', { any: [U, T] }, true],
    ['unknown or false', { any: [U, F] }, undefined],
    ['false or false', { any: [F, F] }, false],
    ['any of nothing does not hold', { any: [] }, false],
    ['not true', { not: T }, false],
    ['not false', { not: F }, true],
    ['not unknown', { not: U }, undefined],
    ['not (unknown and false)', { not: { all: [U, F] } }, true],
    ['two fields at once are both', { open: { equals: true }, count: { above: 5 } }, false],
    ['two fields at once, one unknown', { open: { equals: true }, name: { equals: 'a' } }, undefined],
  ])('%s', (_sentence, condition, expected) => {
    expect(truth(condition, { open: true, count: 1 })).toBe(expected)
  })
})

describe('a comparison between fields', () => {
  const price = { field: 'price' }
  const row: Row = {
    count: 2,
    price: 10,
    fee: 20,
    total: 300,
    name: 'four',
    tags: ['a', 'b'],
    from: 0,
    to: 90 * MICROS_PER_MINUTE + 1,
  }

  test.each<[string, Expression, Comparison, Expression, Truth]>([
    ['a field and a number', price, 'equals', 0.1, true],
    ['fields of different scale', price, 'below', { field: 'total' }, true],
    ['a sum is exact: 0.1 + 0.2 is 0.3', { add: [price, { field: 'fee' }] }, 'equals', 0.3, true],
    ['and equals a finer field', { add: [price, { field: 'fee' }] }, 'equals', { field: 'total' }, true],
    ['a product is exact: 3 * 0.1 is 0.3', { multiply: [3, price] }, 'equals', 0.3, true],
    ['of decimals too: 0.1 * 0.2 is 0.02', { multiply: [price, { field: 'fee' }] }, 'equals', 0.02, true],
    ['a difference is exact: 0.3 - 0.1 is 0.2', { subtract: [{ field: 'total' }, price] }, 'equals', 0.2, true],
    ['its size has no sign', { abs: { subtract: [price, { field: 'total' }] } }, 'equals', 0.2, true],
    ['many may be added', { add: [price, price, price, 0.05] }, 'equals', 0.35, true],
    ['products nest', { multiply: [2, { multiply: [{ field: 'count' }, 1.5] }] }, 'equals', 6, true],
    ['a number alone may be added', { add: [price] }, 'equals', price, true],
    ['the length of a text', { length: 'name' }, 'equals', 4, true],
    ['the length of a list', { length: 'tags' }, 'atLeast', { field: 'count' }, true],
    ['minutes, a microsecond over', { minutesBetween: ['from', 'to'] }, 'above', 90, true],
    ['minutes backwards', { minutesBetween: ['to', 'from'] }, 'below', -90, true],
    ['minutes and decimals', { add: [{ minutesBetween: ['from', 'to'] }, price] }, 'atMost', 90.1, false],
    ['at least, equal', { field: 'count' }, 'atLeast', 2, true],
    ['at most, equal', { field: 'count' }, 'atMost', 2, true],
  ])('%s', (_sentence, left, comparison, right, expected) => {
    expect(truth({ compare: [left, comparison, right] }, row)).toBe(expected)
  })

  test.each<[string, Expression, Row]>([
    ['an absent operand', { field: 'count' }, {}],
    ['an absent part of a sum', { add: [1, { field: 'count' }] }, {}],
    ['an absent end of a span', { minutesBetween: ['from', 'to'] }, { from: 0 }],
    ['an absent text', { length: 'name' }, {}],
    ['the size of what is absent', { abs: { field: 'count' } }, {}],
  ])('%s leaves it unknown', (_sentence, expression, values) => {
    expect(truth({ compare: [expression, 'atLeast', 0] }, values)).toBeUndefined()
    expect(truth({ not: { compare: [0, 'above', expression] } }, values)).toBeUndefined()
  })
})
