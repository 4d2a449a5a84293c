import { expect, test } from 'vitest'
import type { Condition, PipelineStatus } from '../../../../core/operator/status.ts'
import { statusChange } from '../../../../core/operator/status-change.ts'
import { ageText } from '../../../../core/operator/status-of.ts'
import { World } from './world.ts'

const world = new World()
world.settle()
const written: PipelineStatus = {
  ...world.step().status,
  shards: [{ stream: 's', owner: 'a', position: '1-0' }],
  backlog: 5,
  composite: { value: '76.00', asOf: '2026-03-01T12:00:00Z', holder: 'a', sampleSize: 10 },
}
const recounted = (condition: Condition): Condition =>
  condition.type === 'SourceReachable' ? { ...condition, message: '7 streams' } : condition
const [first, ...rest] = written.conditions
const drained = (reason: string, message = '0 entries wait'): Condition => ({
  ...first!,
  type: 'Drained',
  status: reason === 'Drained' ? 'True' : 'False',
  reason,
  message,
})

test.each<[string, Partial<PipelineStatus>, string]>([
  ['the same', {}, 'none'],
  ['another backlog', { backlog: 6 }, 'volatile'],
  ['an older event', { oldestEventAge: '3s' }, 'volatile'],
  ['another position of a shard', { shards: [{ stream: 's', owner: 'a', position: '2-0' }] }, 'volatile'],
  ['another owner of a shard', { shards: [{ stream: 's', owner: 'b', position: '1-0' }] }, 'substantial'],
  ['another score', { composite: { asOf: '2026-03-01T12:00:10Z', holder: 'b', sampleSize: 0 } }, 'volatile'],
  ['other words of a pod', { conditions: [{ ...first!, message: 'other' }, ...rest] }, 'substantial'],
  ['other numbers in what the exporter tells', { conditions: written.conditions.map(recounted) }, 'volatile'],
  ['another reason of a condition', { conditions: [{ ...first!, reason: 'Other' }, ...rest] }, 'substantial'],
  ['fewer workers', { workers: '0/1', readyReplicas: 0 }, 'substantial'],
])('%s is a change that is %s', (_name, change, expected) => {
  expect(statusChange(written, { ...written, ...change })).toBe(expected)
})

test.each<[string, readonly Condition[], Condition, string]>([
  ['has to drain', [], drained('Draining'), 'substantial'],
  ['has drained', [drained('Draining')], drained('Drained'), 'substantial'],
  ['still drains', [drained('Draining', '2 workers')], drained('Draining', '1 worker'), 'volatile'],
  ['has drained while ever more waits', [drained('Drained')], drained('Drained', '500 entries wait'), 'volatile'],
])('that a suspended pipeline %s is a change that is', (_name, before, now, expected) => {
  const { conditions } = written
  const [then, next] = [before, [now]].map((each) => ({ ...written, conditions: [...conditions, ...each] }))
  expect(statusChange(then, next!)).toBe(expected)
})

test('a backlog that is not known any more is substantial', () => {
  const { backlog: _, ...unknown } = written
  expect(statusChange(written, unknown)).toBe('substantial')
})

test('the first score is substantial', () => {
  const { composite: _, ...before } = written
  expect(statusChange(before, written)).toBe('substantial')
})

test('a status that was never written is', () => {
  expect(statusChange(undefined, written)).toBe('substantial')
})

test('the order in which the API server gives fields back does not matter', () => {
  const backwards = Object.fromEntries(Object.entries(written).reverse()) as unknown as PipelineStatus
  expect(statusChange(backwards, written)).toBe('none')
})

test.each([
  [0, '0ms'],
  [850, '850ms'],
  [12_400, '12s'],
  [119_000, '119s'],
  [300_000, '5m'],
  [12_000_000, '3h20m'],
])('an age of %d ms reads %s', (ms, text) => {
  expect(ageText(ms)).toBe(text)
})
