import fc from 'fast-check'
import { expect, test } from 'vitest'
import { locatePath } from '../../../../core/pipeline/locate-path.ts'
import { formatPath } from '../../../../core/pipeline/problem.ts'

const VALUE = { where: { 'session.number': { equals: 1 }, session: { number: 2 } }, order: [{ tier: 'A' }] }

test.each([
  ['keys between dots', 'where.session.number', ['where', 'session.number']],
  ['an index', 'order[0].tier', ['order', 0, 'tier']],
  ['keys that are not there', 'where.missing.deeper', ['where', 'missing', 'deeper']],
  ['an index that is not there', 'order[3].when', ['order', 3, 'when']],
  ['the value itself', '', []],
])('reads %s', (_what, text, path) => {
  expect(locatePath(text, VALUE)).toEqual(path)
})

test('finds every path of a value again', () => {
  const key = fc.constantFrom('a', 'b', 'aa', 'number', 'session')
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      fc.constant(1),
      fc.dictionary(key, tie('tree'), { maxKeys: 3 }),
      fc.array(tie('tree'), { maxLength: 3 }),
    ),
  }))
  fc.assert(
    fc.property(tree, (value) => {
      for (const path of pathsIn(value)) expect(locatePath(formatPath(path), value)).toEqual(path)
    }),
  )
})

function pathsIn(value: unknown): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [[]]
  const steps: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
  return [[], ...steps.flatMap(([step, inner]) => pathsIn(inner).map((path) => [step, ...path]))]
}
