import { expect, test } from 'vitest'
import { formatPath } from '../../../../core/pipeline/problem.ts'

test.each([
  ['keys and indexes', ['spec', 'metrics', 'windows', 0], 'spec.metrics.windows[0]'],
  ['a key with a dot', ['where', 'session.number', 'equals'], 'where["session.number"].equals'],
  ['a key that is empty', ['tables', ''], 'tables[""]'],
])('writes %s', (_what, path, text) => {
  expect(formatPath(path)).toBe(text)
})
