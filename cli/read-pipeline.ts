import { text } from 'node:stream/consumers'
import { Option } from 'commander'
import { InvalidPipelineError } from '../adapters/manifest/invalid-pipeline-error.ts'
import { loadPipeline } from '../adapters/manifest/load-pipeline.ts'
import { type LoadedPipeline, parsePipeline } from '../adapters/manifest/parse-pipeline.ts'
import type { Terminal } from './terminal.ts'

/** `-f`, which every command has that works on a pipeline. Processes that a plan starts find it in the environment. */
export function filenameOption(): Option {
  return new Option('-f, --filename <file>', 'the pipeline file; - reads standard input')
    .env('PIPELINE_FILE')
    .makeOptionMandatory()
}

/** The pipeline in a file or, for `-`, on standard input. Warnings go to the terminal. Throws `InvalidPipelineError`. */
export async function readPipeline(filename: string, terminal: Terminal): Promise<LoadedPipeline> {
  const loaded = filename === '-' ? parseInput(await text(terminal.input)) : await loadPipeline(filename)
  for (const warning of loaded.warnings) terminal.complain(`warning: ${warning}\n`)
  return loaded
}

function parseInput(input: string): LoadedPipeline {
  const parsed = parsePipeline(input, 'stdin')
  if ('problems' in parsed) throw new InvalidPipelineError(parsed.problems)
  return parsed
}
