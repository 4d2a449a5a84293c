/**
 * The package as a library: what `mp` and the processes do, for programs that want it without a command line. Pipelines come from
 * `loadPipeline` or `parsePipeline`, connections are URLs, and the caller closes what it opens.
 */

export { InvalidPipelineError } from './adapters/manifest/invalid-pipeline-error.ts'
export { loadPipeline } from './adapters/manifest/load-pipeline.ts'
export { type LoadedPipeline, type ParsedPipeline, parsePipeline } from './adapters/manifest/parse-pipeline.ts'
export { MigrateError } from './adapters/postgres/migrate-error.ts'
export { SupersededError } from './adapters/postgres/revision-store.ts'
export { RunInProgressError } from './adapters/postgres/run-store.ts'
export { ConfigurationError } from './adapters/process/run-process.ts'
export { BacklogFullError } from './adapters/redis/backlog-limit.ts'
export { ShardCountError } from './adapters/redis/declare-shards.ts'
export {
  EventProducer,
  type OutgoingEvent,
  type ProducerOptions,
  PublishError,
} from './adapters/redis/event-producer.ts'
export { createLogger } from './adapters/telemetry/create-logger.ts'
export { type RunDailyAggregationOptions, runDailyAggregation } from './aggregator/run-daily-aggregation.ts'
export { type AggregationSummary, isSuccess } from './aggregator/summary.ts'
export { migratePipeline } from './cli/migrate-pipeline.ts'
export { createWorker, type Worker, type WorkerEnd, type WorkerOptions } from './worker/create-worker.ts'
