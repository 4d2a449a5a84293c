import { isClean, type ParityReport } from '../adapters/postgres/parity-report.ts'
import type { QualityReport } from '../adapters/postgres/quality-store.ts'
import type { Removed } from '../adapters/postgres/retention.ts'
import type { Day } from '../core/time/calendar.ts'

export interface EntityFailure {
  readonly entity: string
  readonly error: string
  readonly attempts: number
}

/** What a daily aggregation did. */
export interface AggregationSummary {
  readonly runDate: Day
  readonly shard: string
  readonly resumed: boolean
  /** It was asked to stop before the end; the next run of the day goes on from there. */
  readonly interrupted: boolean
  readonly dryRun: boolean
  readonly total: number
  readonly successful: number
  readonly failed: number
  readonly skipped: number
  /** Rows of a single window: one daily row holds one for each. */
  readonly totalMetricsSaved: number
  /** Per cent of those tried, two decimals; 100 when there was nothing to do. */
  readonly successRate: number
  readonly totalRuntimeSeconds: number
  readonly errors: readonly EntityFailure[]
  readonly unknown: readonly string[]
  /** Compares nothing where the run was interrupted, and while its definition is not in force: live rows are still those of the former one. */
  readonly parity: ParityReport
  readonly quality: QualityReport
  readonly removed: (Removed & { readonly dailyRows: number }) | undefined
}

const LINE = '='.repeat(80)

/** Errors named in the text; the JSON form has all of them. */
const ERRORS_SHOWN = 10

/** The summary as text, a line each. `entities` is what the set calls them. */
export function summaryLines(summary: AggregationSummary, entities: string): readonly string[] {
  const { parity, quality, removed } = summary
  return [
    LINE,
    `DAILY AGGREGATION SUMMARY${headline(summary)}`,
    LINE,
    `Run date: ${summary.runDate}${summary.shard === '0/1' ? '' : ` (shard ${summary.shard})`}${summary.resumed ? ' (resumed)' : ''}`,
    `Total ${entities}: ${summary.total}`,
    `Successful: ${summary.successful}`,
    `Failed: ${summary.failed}`,
    `Skipped: ${summary.skipped}`,
    `Total metrics saved: ${summary.totalMetricsSaved}`,
    `Success rate: ${summary.successRate.toFixed(2)}%`,
    `Total runtime: ${summary.totalRuntimeSeconds.toFixed(2)}s`,
    ...parityLines(parity),
    ...qualityLines(quality),
    ...(removed === undefined
      ? []
      : [`Removed: ${removed.dailyRows} daily rows, ${removed.facts} facts, ${removed.deadLetters} dead letters`]),
    ...(summary.unknown.length === 0 ? [] : [`Unknown: ${summary.unknown.join(', ')}`]),
    ...errorLines(summary.errors),
    LINE,
  ]
}

function headline({ interrupted, dryRun }: AggregationSummary): string {
  if (interrupted) return ' (interrupted: the next run of this day goes on from here)'
  return dryRun ? ' (dry run: nothing was written)' : ''
}

function parityLines({ compared, mismatches, missing, overdue, entities }: ParityReport): readonly string[] {
  return [
    `Parity: ${compared} live rows compared, ${mismatches} mismatches, ${missing} missing, ${overdue} overdue`,
    ...(entities.length === 0 ? [] : [`  at fault: ${entities.slice(0, ERRORS_SHOWN).join(', ')}`]),
  ]
}

function qualityLines({ findings, unresolvedReferences, silentStreams }: QualityReport): readonly string[] {
  return [
    `Data quality: ${findings.length === 0 ? 'no findings' : ''}`.trimEnd(),
    ...findings.map(({ severity, event_type, rule, count }) => `  ${severity} ${event_type}: ${rule} × ${count}`),
    ...(unresolvedReferences === 0 ? [] : [`  unresolved references: ${unresolvedReferences}`]),
    ...(silentStreams.length === 0 ? [] : [`  silent for a day: ${silentStreams.join(', ')}`]),
  ]
}

function errorLines(errors: readonly EntityFailure[]): readonly string[] {
  if (errors.length === 0) return []
  const shown = errors
    .slice(0, ERRORS_SHOWN)
    .map(({ entity, error, attempts }) => `  ${entity}: ${error} (${attempts} attempts)`)
  return [
    'Errors:',
    ...shown,
    ...(errors.length > ERRORS_SHOWN ? [`  and ${errors.length - ERRORS_SHOWN} more; see --json`] : []),
  ]
}

/** Whether the run came to its end, every entity succeeded and the live rows are right. */
export function isSuccess({ interrupted, failed, unknown, parity }: AggregationSummary): boolean {
  return !interrupted && failed === 0 && unknown.length === 0 && isClean(parity)
}
