import type { Evaluator } from '../adapters/postgres/evaluator.ts'
import { judgePostgresError } from '../adapters/postgres/postgres-error.ts'

/** Recomputes rows in batches. One that the database cannot recompute is left as it is; its neighbours are recomputed all the same. */
export async function reevaluate(evaluator: Evaluator, entities: readonly string[], batchSize: number): Promise<void> {
  for (let i = 0; i < entities.length; i += batchSize) await evaluateBatch(evaluator, entities.slice(i, i + batchSize))
}

async function evaluateBatch(evaluator: Evaluator, entities: readonly string[]): Promise<void> {
  try {
    await evaluator.evaluateEntities(entities)
  } catch (error) {
    if (judgePostgresError(error) !== 'data') throw error
    if (entities.length > 1) await reevaluate(evaluator, entities, Math.ceil(entities.length / 2))
  }
}
