import { readFile } from 'node:fs/promises'
import * as z from 'zod'
import type { SameType } from '../adapters/manifest/same-type.ts'
import { fitsMargin } from '../core/composite/margin.ts'
import type { WantedComposite } from '../core/pipeline/wanted-composite.ts'

const positive = z.int().min(1)

const settings = z
  .object({
    strategy: z.enum(['TimeBased', 'EventBased', 'Hybrid', 'Background']),
    minIntervalMs: positive,
    maxStaleMs: positive,
    eventThreshold: positive,
  })
  .refine(fitsMargin, 'maxStaleMs leaves no room after minIntervalMs')

const wantedComposite = z.object({ settings, weights: z.record(z.string(), z.number()), historyLimit: positive })

true satisfies SameType<z.output<typeof wantedComposite>, WantedComposite>

/**
 * What the file says of a pipeline's composite. It is written by whoever carries out the plan, from what was checked with all of the pipeline;
 * but that may be an operator that knows more than this worker. Throws when it is not understood.
 */
export async function readComposite(path: string): Promise<WantedComposite> {
  return wantedComposite.parse(JSON.parse(await readFile(path, 'utf8')))
}
