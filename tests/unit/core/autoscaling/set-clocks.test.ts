import { expect, test } from 'vitest'
import { decideReplicas } from '../../../../core/autoscaling/decide-replicas.ts'
import { EMPTY_MEMORY } from '../../../../core/autoscaling/scaling-memory.ts'
import { asked, at, type Change, DRAINED, membersDone, NOW } from './asked.ts'

const HOUR_MS = 3_600_000

/** By which clock looks are told as of a second: an exporter that takes another one's place may be an hour behind it, or ahead. */
type Offset = (second: number) => number

/** Decides once a second on a look of the same second, and gives the reasons. */
function reasons(change: Change, offset: Offset, seconds: number): readonly string[] {
  let memory = EMPTY_MEMORY
  return Array.from({ length: seconds }, (_, second) => {
    const nowMs = NOW + second * 1_000
    const observedAt = at(nowMs + offset(second))
    const input = asked({
      ...change,
      nowMs,
      source: { ...change.source, observedAt },
      database: { ...change.database, observedAt },
      fleet: { replicas: 1, ready: 1 },
    })
    const { decision, memory: next } = decideReplicas({ ...input, signals: { ...input.signals!, observedAt }, memory })
    memory = next
    return decision!.replicas === 0 ? 'asleep' : decision!.reason
  })
}

const steady: Offset = () => 0
const backAt =
  (from: number): Offset =>
  (second) =>
    second < from ? 0 : -HOUR_MS
const forthAt =
  (from: number): Offset =>
  (second) =>
    second < from ? 0 : HOUR_MS

test.each([
  ['a clock that runs evenly', steady],
  ['a clock that is set back at the first look', backAt(1)],
  ['one that is set back while idleAfter passes', backAt(100)],
  ['one that is set forth', forthAt(1)],
])('with nothing to do for idleAfter a fleet sleeps, by %s', (_sentence, offset) => {
  const change = { ...DRAINED, settings: { idleAfterMs: 200_000 } }
  expect(reasons(change, offset, 202).indexOf('asleep')).toBe(200)
})

test('workers who get nothing done are told of within seconds though the clock was set back', () => {
  const change = { source: { backlog: 10 }, database: { members: membersDone(7) } }
  expect(reasons(change, steady, 40).indexOf('ProgressStalled')).toBe(6)
  const setBack = reasons(change, backAt(20), 40)
  expect(setBack.slice(20, 26)).not.toContain('ProgressStalled')
  expect(setBack[26]).toBe('ProgressStalled')
})
