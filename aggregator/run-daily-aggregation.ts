import type { LoadedPipeline } from '../adapters/manifest/parse-pipeline.ts'
import type { ConnectionUrl } from '../adapters/process/connection-url.ts'
import { createLogger, type Logger } from '../adapters/telemetry/create-logger.ts'
import { Aggregator } from './aggregator.ts'
import { type DailyOptions, dailyDefaults } from './daily-options.ts'
import type { ProgressBar } from './progress-bar.ts'
import type { AggregationSummary } from './summary.ts'

export interface RunDailyAggregationOptions extends Partial<DailyOptions> {
  readonly pipeline: LoadedPipeline
  readonly databaseUrl: ConnectionUrl
  readonly log?: Logger
  readonly signal?: AbortSignal
  readonly onProgress?: ProgressBar['show']
}

/**
 * The daily aggregation as a library call: connects, runs, closes. What is not given comes from the pipeline's spec. `isSuccess` judges what
 * it returns. Throws `ConfigurationError` for options that make no sense, `RunInProgressError` while another process is at the same run.
 */
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
    return await aggregator.aggregate({ ...dailyDefaults(pipeline, aggregator.today), ...given }, signal)
  } finally {
    await aggregator.close()
  }
}
