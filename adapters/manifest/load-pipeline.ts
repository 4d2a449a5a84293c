import { readFile } from 'node:fs/promises'
import { InvalidPipelineError } from './invalid-pipeline-error.ts'
import { type LoadedPipeline, parsePipeline } from './parse-pipeline.ts'

/** Reads a pipeline file. Throws `InvalidPipelineError` with every problem in it, also when it cannot be read. */
export async function loadPipeline(path: string): Promise<LoadedPipeline> {
  const parsed = parsePipeline(await readText(path), path)
  if ('problems' in parsed) throw new InvalidPipelineError(parsed.problems)
  return parsed
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const reason =
      code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'this is a folder; name a file in it' : message
    throw new InvalidPipelineError([`${path}: ${reason}`], { cause: error })
  }
}
