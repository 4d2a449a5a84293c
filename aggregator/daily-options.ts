import type { LoadedPipeline } from '../adapters/manifest/parse-pipeline.ts'
import type { Day } from '../core/time/calendar.ts'

export interface DailyOptions {
  readonly day: Day
  /** Undefined: all of them. */
  readonly entities: readonly string[] | undefined
  readonly includeInactive: boolean
  readonly cleanup: boolean
  readonly retentionDays: number
  readonly shard: number
  readonly shards: number
  readonly batchSize: number
  /** Attempts at a batch in all. */
  readonly maxRetries: number
  readonly retryDelayMs: number
  readonly dryRun: boolean
}

/** What a pipeline's spec says of its daily runs. `today` is the pipeline's own. */
export function dailyDefaults({ pipeline, settings }: LoadedPipeline, today: Day): DailyOptions {
  const { aggregation } = pipeline.spec
  return {
    day: today,
    entities: undefined,
    includeInactive: aggregation.includeInactive,
    cleanup: false,
    retentionDays: settings.retentionDays,
    shard: 0,
    shards: 1,
    batchSize: aggregation.batchSize,
    maxRetries: aggregation.maxRetries,
    retryDelayMs: settings.retryDelayMs,
    dryRun: false,
  }
}

/** Why these options make no sense together; undefined when they do. */
export function mistakeIn({ day, dryRun, shards, entities }: DailyOptions, today: Day): string | undefined {
  if (day > today) return `--date ${day} lies ahead: the last midnight of this pipeline is that of ${today}`
  if (shards > 1 && entities !== undefined) return '--shard divides all entities; leave it out to name some'
  if (shards > 1 && dryRun) return '--dry-run writes nothing, not even the ranges of shards; leave out --shard'
  return undefined
}
