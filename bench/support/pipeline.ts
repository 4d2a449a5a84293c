import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Pool } from 'pg'
import { type LoadedPipeline, parsePipeline } from '../../adapters/manifest/parse-pipeline.ts'
import { checkParity } from '../../adapters/postgres/parity-check.ts'
import { createPostgresPool } from '../../adapters/postgres/postgres-pool.ts'
import { rowTable } from '../../adapters/postgres/set-sql/identifiers.ts'
import { migratePipeline } from '../../cli/migrate-pipeline.ts'
import type { Parity } from './bench.ts'

export interface BenchPipeline {
  readonly loaded: LoadedPipeline
  readonly file: string
  readonly databaseUrl: string
  readonly pool: Pool
  readonly revision: number
  /** The table of live rows. */
  readonly rows: string
}

/** Writes the pipeline's file, migrates its database and connects to it. */
export async function openPipeline(object: unknown, databaseUrl: string): Promise<BenchPipeline> {
  const text = JSON.stringify(object)
  const loaded = parsePipeline(text, 'bench')
  if ('problems' in loaded) throw new Error(loaded.problems.join('\n'))
  const file = join(mkdtempSync(join(tmpdir(), 'mp-bench-pipeline-')), 'pipeline.json')
  writeFileSync(file, text)
  const { revision } = await migratePipeline(loaded, databaseUrl)
  const pool = createPostgresPool({
    url: databaseUrl,
    schema: loaded.pipeline.spec.database.schema,
    applicationName: 'bench',
    maxConnections: 4,
    statementTimeoutMs: 0,
    onError: (error) => process.stderr.write(`${error.message}\n`),
  })
  return { loaded, file, databaseUrl, pool, revision, rows: rowTable(loaded.metricSet) }
}

/** Every live row against its recomputation. */
export async function parityOf({ pool, loaded }: BenchPipeline): Promise<Parity> {
  const { compared, mismatches, missing } = await checkParity(pool, loaded.metricSet, 1)
  return { compared, mismatches, missing }
}
