import type { CompositeSettings, CompositeStrategy } from '../../core/composite/composite-settings.ts'

/** What was seen of one strategy. */
export interface BoundsReport {
  readonly strategy: CompositeStrategy
  readonly seconds: number
  readonly faults: number
  readonly commits: number
  readonly refusals: number
  readonly lost: number
  readonly failed: number
  readonly minGapMs: number
  /** But for the time in which a server did not answer. */
  readonly maxAgeMs: number
  /** That time included. */
  readonly longestMs: number
}

/** Each a sentence; none when both bounds held. */
export function brokenBounds(
  { strategy, commits, minGapMs, maxAgeMs }: BoundsReport,
  { minIntervalMs, maxStaleMs }: Pick<CompositeSettings, 'minIntervalMs' | 'maxStaleMs'>,
): readonly string[] {
  return [
    ...(commits < 2 ? ['hardly anything was committed'] : []),
    ...(minGapMs < minIntervalMs ? [`two commits were ${Math.round(minGapMs)} ms apart, not ${minIntervalMs}`] : []),
    ...(strategy !== 'EventBased' && maxAgeMs > maxStaleMs
      ? [`a result was ${Math.round(maxAgeMs)} ms old, not ${maxStaleMs} at most`]
      : []),
  ]
}

const COLUMNS = [
  'strategy',
  'faults',
  'commits',
  'refused',
  'lost',
  'failed',
  'min gap',
  'max age',
  'with outages',
] as const

export function reportLines(reports: readonly BoundsReport[]): readonly string[] {
  const rows = reports.map((report) => [
    report.strategy,
    String(report.faults),
    String(report.commits),
    String(report.refusals),
    String(report.lost),
    String(report.failed),
    seconds(report.minGapMs),
    seconds(report.maxAgeMs),
    seconds(report.longestMs),
  ])
  const widths = COLUMNS.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]?.length ?? 0)))
  return [COLUMNS, ...rows].map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
  )
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(3)} s`
}
