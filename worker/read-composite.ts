import { readFile } from 'node:fs/promises'
import { fitsMargin } from '../core/composite/margin.ts'
import type { WantedComposite } from '../core/pipeline/wanted-composite.ts'

/**
 * What the file says of a pipeline's composite. It is written by whoever carries out the plan, from what was checked with all of the pipeline;
 * so what is looked at here is only whether it is such a file, and whole. Throws when it is not.
 */
export async function readComposite(path: string): Promise<WantedComposite> {
  const wanted: unknown = JSON.parse(await readFile(path, 'utf8'))
  if (isWanted(wanted)) return wanted
  throw new Error('the file does not say how a composite is wanted')
}

function isWanted(value: unknown): value is WantedComposite {
  const { settings, weights, historyLimit } = (value ?? {}) as Partial<WantedComposite>
  return (
    settings !== undefined &&
    typeof weights === 'object' &&
    [settings.minIntervalMs, settings.maxStaleMs, settings.eventThreshold, historyLimit].every(Number.isSafeInteger) &&
    fitsMargin(settings)
  )
}
