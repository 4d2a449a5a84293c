import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PipelineSignals } from '../../../core/signals/pipeline-signals.ts'
import { parseSignals } from '../../../operator/namespace-signals.ts'
import { signals } from '../core/operator/world.ts'

const MEMBER = { name: 'a', lastBeatAgeMs: 100, startedAt: '2026-03-01T08:00:00Z', busyMs: 5_000, entriesDone: 700 }
const SEEN = signals({}, { members: [MEMBER], deadLetters: { 'too-old': 2 } })
const BLIND: PipelineSignals = { ...SEEN, source: { unreachable: 'refused' } }

const VALUES = [null, 0, 1, -1, 'ok', '', 'not a time', '2026-03-01T12:00:05.000Z', true, [], {}, [0], { a: 1 }]

/** An answer about one pipeline in which one field, however deep, is another, is gone, or has come. */
const anyChange = fc.record({
  path: fc.array(fc.nat(99), { maxLength: 4 }),
  value: fc.constantFrom(undefined, ...VALUES),
})

test.each([
  ['of one that is seen', SEEN],
  ['of one whose source is not reached', BLIND],
])('whatever is said after something else means what it would mean by itself: %s', (_sentence, first) => {
  const before = parseSignals(answerOf(first))
  fc.assert(
    fc.property(anyChange, ({ path, value }) => {
      const text = answerOf(changed(first, path, value))
      const [alone, after] = [parseSignals(text), parseSignals(text, before)]
      expect(after.get('flights')?.data).toEqual(alone.get('flights')?.data)
    }),
    { numRuns: 2_000 },
  )
})

test('what is said again is kept once', () => {
  const before = parseSignals(answerOf(SEEN))
  const at = '2026-03-01T12:00:05.000Z'
  const later = { ...SEEN, observedAt: at, source: { ...SEEN.source, observedAt: at } }

  const known = before.get('flights')?.data
  const now = parseSignals(answerOf(later as PipelineSignals), before).get('flights')?.data

  expect(now).toEqual(later)
  expect(streamsOf(now)).toBe(streamsOf(known))
  expect(now?.load).toBe(known?.load)
})

test('what was not understood is read anew', () => {
  const before = parseSignals(answerOf({ ...SEEN, observedAt: 'once' }))
  expect(before.get('flights')?.success).toBe(false)
  expect(parseSignals(answerOf(SEEN), before).get('flights')?.data).toEqual(SEEN)
})

function answerOf(said: unknown): string {
  return JSON.stringify({ pipelines: { flights: said } })
}

function streamsOf(known: PipelineSignals | undefined): unknown {
  return known !== undefined && 'streams' in known.source ? known.source.streams : undefined
}

/** Follows the path from field to field, by number, and puts the value at its end. */
function changed(said: unknown, [turn, ...rest]: readonly number[], value: unknown): unknown {
  if (turn === undefined || typeof said !== 'object' || said === null) return value
  const names = [...Object.keys(said), 'further']
  const name = names[turn % names.length] ?? ''
  const fields: Record<string, unknown> = { ...said }
  fields[name] = changed(fields[name], rest, value)
  return Array.isArray(said) ? Object.values(fields) : fields
}
