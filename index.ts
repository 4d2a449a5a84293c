/**
 * The package as a library: what `mp` and the processes do, for programs that want it without a command line. Pipelines come from
 * `loadPipeline` or `parsePipeline`, connections are URLs, and the caller closes what it opens.
 */

export { loadPipeline } from './adapters/manifest/load-pipeline.ts'
export { type LoadedPipeline, type ParsedPipeline, parsePipeline } from './adapters/manifest/parse-pipeline.ts'
export { EventProducer, type OutgoingEvent, PublishError } from './adapters/redis/event-producer.ts'
export { createLogger } from './adapters/telemetry/create-logger.ts'
export { type RunDailyAggregationOptions, runDailyAggregation } from './aggregator/run-daily-aggregation.ts'
export { type AggregationSummary, isSuccess } from './aggregator/summary.ts'
export { migratePipeline } from './cli/migrate-pipeline.ts'
export { createWorker, type Worker, type WorkerEnd, type WorkerOptions } from './worker/create-worker.ts'
