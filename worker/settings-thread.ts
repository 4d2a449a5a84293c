import { parentPort } from 'node:worker_threads'
import { loadPipeline } from '../adapters/manifest/load-pipeline.ts'
import { ConfigurationError } from '../adapters/process/run-process.ts'
import { parseWorkerConfig } from './config.ts'
import type { SettingsReply } from './read-settings.ts'

/** The other side of `readSettings`: checks the environment and the pipeline's file, and sends what they say. */
export async function sendSettings(): Promise<void> {
  parentPort?.postMessage(await readAll())
}

async function readAll(): Promise<SettingsReply> {
  try {
    const config = parseWorkerConfig(process.env)
    const { pipeline, warnings } = await loadPipeline(config.pipelineFile)
    return { config, pipeline, warnings }
  } catch (error) {
    if (error instanceof ConfigurationError) return { problems: error.problems }
    throw error
  }
}
