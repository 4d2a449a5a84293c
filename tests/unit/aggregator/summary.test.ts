import { describe, expect, test } from 'vitest'
import { type AggregationSummary, isSuccess, summaryLines } from '../../../aggregator/summary.ts'

const PARITY = { compared: 150, mismatches: 0, missing: 0, overdue: 0, entities: [] }

/** The run of document 001: of 150 tutors two fail. */
const SUMMARY: AggregationSummary = {
  runDate: '2025-11-07',
  shard: '0/1',
  resumed: false,
  interrupted: false,
  dryRun: false,
  total: 150,
  successful: 148,
  failed: 2,
  skipped: 0,
  totalMetricsSaved: 444,
  successRate: 98.67,
  totalRuntimeSeconds: 89.449,
  errors: [{ entity: 'tutor_007', error: 'bigint out of range', attempts: 3 }],
  unknown: [],
  parity: PARITY,
  quality: { findings: [], unresolvedReferences: 0, silentStreams: [] },
  removed: { dailyRows: 3, facts: 5, deadLetters: 1 },
}

describe('the text', () => {
  test('has the lines of the original summary, in their order and words', () => {
    const original = [
      '='.repeat(80),
      'DAILY AGGREGATION SUMMARY',
      '='.repeat(80),
      'Run date: 2025-11-07',
      'Total tutors: 150',
      'Successful: 148',
      'Failed: 2',
      'Total metrics saved: 444',
      'Success rate: 98.67%',
      'Total runtime: 89.45s',
    ]
    const lines = summaryLines(SUMMARY, 'tutors')
    expect(lines.filter((line) => original.includes(line))).toEqual([...original, '='.repeat(80)])
  })

  test('names the failed with their reasons, the first ten of them', () => {
    const errors = Array.from({ length: 12 }, (_, i) => ({ entity: `tutor_${i}`, error: 'why', attempts: 1 }))
    const lines = summaryLines({ ...SUMMARY, errors }, 'tutors')
    expect(lines).toContain('  tutor_0: why (1 attempts)')
    expect(lines).toContain('  and 2 more; see --json')
  })

  test.each<[string, Partial<AggregationSummary>, string]>([
    ['a dry run', { dryRun: true }, 'DAILY AGGREGATION SUMMARY (dry run: nothing was written)'],
    [
      'an interruption',
      { interrupted: true },
      'DAILY AGGREGATION SUMMARY (interrupted: the next run of this day goes on from here)',
    ],
    ['a shard', { shard: '2/4' }, 'Run date: 2025-11-07 (shard 2/4)'],
    ['a run taken up again', { resumed: true }, 'Run date: 2025-11-07 (resumed)'],
    ['what was removed', {}, 'Removed: 3 daily rows, 5 facts, 1 dead letters'],
    ['names that nobody has', { unknown: ['x', 'y'] }, 'Unknown: x, y'],
  ])('tells %s', (_what, change, line) => {
    expect(summaryLines({ ...SUMMARY, ...change }, 'tutors')).toContain(line)
  })
})

describe('success', () => {
  const good = { ...SUMMARY, failed: 0, errors: [] }

  test('is every entity written and every live row right', () => {
    expect(isSuccess(good)).toBe(true)
  })

  test.each<[string, Partial<AggregationSummary>]>([
    ['a failed entity', { failed: 1 }],
    ['a name that nobody has', { unknown: ['x'] }],
    ['an interruption', { interrupted: true }],
    ['a live row that differs', { parity: { ...PARITY, mismatches: 1 } }],
    ['a live row that is missing', { parity: { ...PARITY, missing: 1 } }],
    ['a live row that is overdue', { parity: { ...PARITY, overdue: 1 } }],
  ])('is not %s', (_what, change) => {
    expect(isSuccess({ ...good, ...change })).toBe(false)
  })
})
