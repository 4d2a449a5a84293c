import type { Evaluator } from '../adapters/postgres/evaluator.ts'

/** Recomputes rows in batches. One that the database cannot recompute is left as it is; its neighbours are recomputed all the same. */
export async function reevaluate(evaluator: Evaluator, entities: readonly string[], batchSize: number): Promise<void> {
  for (let i = 0; i < entities.length; i += batchSize)
    await evaluator.evaluateEntities(entities.slice(i, i + batchSize))
}
