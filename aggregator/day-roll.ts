import type { EvaluationFailure, Evaluator } from '../adapters/postgres/evaluator.ts'

export interface DayRoll {
  /** Rows that moved on. */
  readonly rows: number
  /** Entities that could not be computed; their rows stay as they are. */
  readonly failed: readonly EvaluationFailure[]
}

/**
 * Recomputes every row whose next change has come: after midnight those from whose windows a fact has fallen. Several processes may do it at
 * once, workers included; each takes rows that no other has.
 */
export async function rollDay(
  evaluator: Evaluator,
  batchSize: number,
  stop: AbortSignal,
  onProgress: (done: number) => void,
): Promise<DayRoll> {
  const failed: EvaluationFailure[] = []
  for (let rows = 0; ; ) {
    const except = failed.map(({ entity }) => entity)
    const evaluated = await evaluator.evaluateNextChanges(batchSize, except)
    rows += evaluated.entities
    failed.push(...evaluated.failed)
    onProgress(rows)
    if (evaluated.entities + evaluated.failed.length < batchSize || stop.aborted) return { rows, failed }
  }
}
