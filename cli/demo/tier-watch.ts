import type { Pool } from '../../adapters/postgres/postgres-pool.ts'
import { identifier, rowTable, windowColumn } from '../../adapters/postgres/set-sql/identifiers.ts'
import type { MetricSet } from '../../core/metric-sets/metric-set.ts'

export interface TierChange {
  readonly entity: string
  readonly from: string
  readonly to: string
  /** The first few metrics of the row, by name; null without a value. */
  readonly metrics: Readonly<Record<string, string | null>>
}

/** The window that is watched, in days. */
export function watchedWindow({ windows }: MetricSet): number {
  return windows[Math.floor(windows.length / 2)] as number
}

const METRICS_SHOWN = 3
const NO_TIER = 'no tier'

/** Watches which entities change their tier in the middle window. Without tier rules there is nothing to watch. */
export class TierWatch {
  readonly #pool: Pool
  readonly #text: string | undefined
  readonly #known = new Map<string, string>()
  #first = true

  constructor(pool: Pool, set: MetricSet) {
    this.#pool = pool
    this.#text = set.tiers === undefined ? undefined : textFor(set)
  }

  /** Changes since the last look. The first look only learns what there is. */
  async look(): Promise<readonly TierChange[]> {
    if (this.#text === undefined) return []
    const { rows } = await this.#pool.query<{ entity: string; tier: string | null; metrics: TierChange['metrics'] }>(
      this.#text,
    )
    const changes: TierChange[] = []
    for (const { entity, tier, metrics } of rows) {
      const to = tier ?? NO_TIER
      const from = this.#known.get(entity)
      if (!this.#first && from !== undefined && from !== to) changes.push({ entity, from, to, metrics })
      this.#known.set(entity, to)
    }
    this.#first = false
    return changes
  }

  /** How many entities are in each tier. */
  get distribution(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    for (const tier of this.#known.values()) counts.set(tier, (counts.get(tier) ?? 0) + 1)
    return new Map([...counts].sort(([, a], [, b]) => b - a))
  }
}

function textFor(set: MetricSet): string {
  const days = watchedWindow(set)
  const metrics = set.metrics
    .filter((metric) => metric.formula.kind !== 'coverage')
    .slice(0, METRICS_SHOWN)
    .map((metric) => `'${metric.column}', ${identifier(windowColumn(metric.column, days))}::text`)
  return `select entity, ${identifier(windowColumn('tier', days))} as tier, jsonb_build_object(${metrics.join(', ')}) as metrics
    from ${identifier(rowTable(set))} where facts > 0`
}
