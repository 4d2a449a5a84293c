import { ConfigurationError } from '../../adapters/process/run-process.ts'
import type { LoadedPipeline } from '../../core/pipeline/resolve-pipeline.ts'
import { explainFixed, explainScaling } from './explain-scaling.ts'
import { readLocalState } from './state-folder.ts'

/** What the `mp up` of this folder says of a pipeline's workers, as text or as JSON. */
export function explainLocal({ pipeline }: LoadedPipeline, output: 'text' | 'json'): string {
  const { name } = pipeline.metadata
  const state = readLocalState(name)
  if (state === undefined)
    throw new ConfigurationError([`no mp up for the pipeline ${name} runs in this folder; start mp up`])
  const { scaling = null } = state
  if (output === 'json') return `${JSON.stringify(scaling, null, 2)}\n`
  return scaling === null ? explainFixed(name, state.workers.length, pipeline.spec) : explainScaling(name, scaling)
}
