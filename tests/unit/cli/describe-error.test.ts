import { expect, test } from 'vitest'
import { describeError } from '../../../cli/describe-error.ts'

test.each([
  ['an error', new Error('no space left'), 'error: no space left'],
  [
    'its cause',
    new Error('cannot migrate', { cause: new Error('no space left') }),
    'error: cannot migrate: no space left',
  ],
  [
    'a cause that it repeats, once',
    new Error('cannot migrate: full', { cause: new Error('full') }),
    'error: cannot migrate: full',
  ],
  [
    'a host that refuses on all of its addresses',
    new AggregateError([new Error('connect ECONNREFUSED ::1:5432'), new Error('connect ECONNREFUSED 127.0.0.1:5432')]),
    'error: connect ECONNREFUSED ::1:5432',
  ],
  ['an error without words', new TypeError(), 'error: TypeError'],
  ['what is no error', 'stop', 'error: stop'],
])('tells %s', (_what, error, text) => {
  expect(describeError(error)).toBe(text)
})
