import type { LoadedPipeline } from '../adapters/manifest/parse-pipeline.ts'
import { createLogger, type Logger } from '../adapters/telemetry/create-logger.ts'
import { Aggregator } from './aggregator.ts'
import type { DailyOptions } from './daily-aggregation.ts'
import type { AggregationSummary } from './summary.ts'

export interface RunDailyAggregationOptions extends Partial<DailyOptions> {
  readonly pipeline: LoadedPipeline
  readonly databaseUrl: string
  readonly log?: Logger
  readonly signal?: AbortSignal
  readonly onProgress?: (done: number, total: number | undefined) => void
}

/** The daily aggregation as a library call: connects, runs, closes. What is not given comes from the pipeline's spec. */
export async function runDailyAggregation(options: RunDailyAggregationOptions): Promise<AggregationSummary> {
  const {
    pipeline,
    databaseUrl,
    log = createLogger('silent', 'aggregator'),
    signal = new AbortController().signal,
    onProgress,
    ...given
  } = options
  const aggregator = await Aggregator.open({
    pipeline,
    databaseUrl,
    log,
    ...(onProgress === undefined ? {} : { onProgress }),
  })
  try {
    const { summary } = await aggregator.aggregate({ ...dailyDefaults(pipeline, aggregator.today), ...given }, signal)
    return summary
  } finally {
    await aggregator.close()
  }
}

export function dailyDefaults({ pipeline, settings }: LoadedPipeline, today: string): DailyOptions {
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
