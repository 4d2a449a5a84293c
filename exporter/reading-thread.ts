import { dirname } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { InvalidPipelineError } from '../adapters/manifest/invalid-pipeline-error.ts'
import { loadPipeline } from '../adapters/manifest/load-pipeline.ts'
import { scheduleIntervalMs } from '../adapters/manifest/schedule-interval.ts'
import { ConfigurationError } from '../adapters/process/run-process.ts'
import type { ConfigReply, PipelineFile, Question } from './ask-thread.ts'
import { parseExporterConfig } from './config.ts'

/** The other side of `ask-thread.ts`. */
export async function answer(): Promise<void> {
  const question = workerData as Question
  parentPort?.postMessage(
    question.ask === 'config' ? readConfig() : await Promise.all(question.files.map(readPipeline)),
  )
}

function readConfig(): ConfigReply {
  try {
    return { config: parseExporterConfig(process.env) }
  } catch (error) {
    if (error instanceof ConfigurationError) return { problems: error.problems }
    throw error
  }
}

async function readPipeline(file: string): Promise<PipelineFile> {
  try {
    const { pipeline, warnings } = await loadPipeline(file)
    const { schedule, timeZone } = pipeline.spec.aggregation
    return { pipeline, warnings, aggregationIntervalMs: scheduleIntervalMs(schedule, timeZone) }
  } catch (error) {
    if (error instanceof InvalidPipelineError)
      return { problems: error.problems.map((problem) => problem.replace(`${dirname(file)}/`, '')) }
    throw error
  }
}
