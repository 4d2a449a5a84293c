import { once } from 'node:events'
import { Worker as Thread } from 'node:worker_threads'
import { ConfigurationError } from '../adapters/process/run-process.ts'
import { type LoadedPipeline, resolvePipeline } from '../core/pipeline/resolve-pipeline.ts'
import type { MetricsPipeline } from '../core/pipeline/spec.ts'
import type { WorkerConfig } from './config.ts'

export interface WorkerSettings {
  readonly config: WorkerConfig
  readonly pipeline: LoadedPipeline
}

export type SettingsReply =
  | { readonly config: WorkerConfig; readonly pipeline: MetricsPipeline; readonly warnings: readonly string[] }
  | { readonly problems: readonly string[] }

/**
 * Reads what the process is told at its start, in a thread that ends with it: what it takes to check YAML against a schema is a tenth of a
 * worker's memory, and would stay for good. `entry` is the process's main file, which the thread runs too.
 *
 * Throws `ConfigurationError`, naming every variable or field at fault.
 */
export async function readSettings(entry: string): Promise<WorkerSettings> {
  const thread = new Thread(new URL(entry))
  try {
    const [reply] = (await once(thread, 'message')) as [SettingsReply]
    if ('problems' in reply) throw new ConfigurationError(reply.problems)
    return { config: reply.config, pipeline: resolvePipeline(reply.pipeline, reply.warnings) }
  } finally {
    await thread.terminate()
  }
}
