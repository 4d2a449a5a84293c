import type { Evaluator } from '../adapters/postgres/evaluator.ts'

/**
 * Recomputes every row whose next change has come: after midnight those from whose windows a fact has fallen. Several processes may do it at
 * once, workers included; each takes rows that no other has. Gives the number of rows.
 */
export async function rollDay(
  evaluator: Evaluator,
  batchSize: number,
  stop: AbortSignal,
  onProgress: (done: number) => void,
): Promise<number> {
  for (let done = 0; ; ) {
    const { entities } = await evaluator.evaluateNextChanges(batchSize)
    done += entities
    onProgress(done)
    if (entities < batchSize || stop.aborted) return done
  }
}
