import { once } from 'node:events'
import { Worker as Thread } from 'node:worker_threads'
import { ConfigurationError } from '../adapters/process/run-process.ts'
import type { MetricsPipeline } from '../core/pipeline/spec.ts'
import type { ExporterConfig } from './config.ts'

/** What a thread is asked for: the environment's settings, or what pipeline files say. */
export type Question = { readonly ask: 'config' } | { readonly ask: 'pipelines'; readonly files: readonly string[] }

export type PipelineFile =
  | {
      readonly pipeline: MetricsPipeline
      readonly warnings: readonly string[]
      /** The longest time between two daily aggregations. */
      readonly aggregationIntervalMs: number
    }
  | { readonly problems: readonly string[] }

export type ConfigReply = { readonly config: ExporterConfig } | { readonly problems: readonly string[] }

/**
 * Has a question answered in a thread that ends with it: what it takes to check text against a schema is a good part of the process's memory,
 * and would stay for good. `entry` is the process's main file, which the thread runs too.
 */
async function ask<Reply>(entry: string, question: Question): Promise<Reply> {
  const thread = new Thread(new URL(entry), { workerData: question })
  try {
    const [reply] = (await once(thread, 'message')) as [Reply]
    return reply
  } finally {
    await thread.terminate()
  }
}

/** Throws `ConfigurationError`, naming every variable at fault. */
export async function readConfig(entry: string): Promise<ExporterConfig> {
  const reply = await ask<ConfigReply>(entry, { ask: 'config' })
  if ('problems' in reply) throw new ConfigurationError(reply.problems)
  return reply.config
}

/** In the order of the files. */
export function readPipelineFiles(entry: string, files: readonly string[]): Promise<readonly PipelineFile[]> {
  return ask<readonly PipelineFile[]>(entry, { ask: 'pipelines', files })
}
