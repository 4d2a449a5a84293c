import { plainArray, textArray } from '../../adapters/postgres/array-literal.ts'
import { instants } from '../../adapters/postgres/evaluator.ts'
import { evaluateStatement } from '../../adapters/postgres/set-sql/row-statements.ts'
import type { Instant } from '../../core/time/instant.ts'
import type { PipelineDatabase } from './pipeline-database.ts'

/** Evaluates entities as of any instant, as if that were now. Marks stay. */
export async function evaluateAt(
  { pool, pipeline }: Pick<PipelineDatabase, 'pool' | 'pipeline'>,
  entities: readonly string[],
  asOf: Instant,
): Promise<void> {
  const { metricSet } = pipeline
  const { rows } = await pool.query<{ evaluation: string; revision: number }>(
    "select nextval('mp_evaluation') as evaluation, revision from mp_pipeline",
  )
  await pool.query({
    name: 'evaluate',
    text: evaluateStatement(metricSet).text,
    values: [
      textArray(entities),
      ...instants(metricSet, asOf),
      plainArray(entities.map(() => null)),
      rows[0]?.evaluation,
      rows[0]?.revision,
    ],
  })
}
