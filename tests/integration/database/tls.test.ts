import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadPipeline } from '../../../adapters/manifest/load-pipeline.ts'
import { DeadLetterStore } from '../../../adapters/postgres/dead-letter-store.ts'
import { openPostgresPool } from '../../../adapters/postgres/postgres-pool.ts'
import { migratePipeline } from '../../../cli/migrate-pipeline.ts'
import { type FreshDatabase, freshDatabase } from '../../support/servers.ts'

// What a URL says of TLS holds for every connection. The tests' server speaks none (or has a certificate that nobody knows), so all fail.

let database: FreshDatabase

beforeAll(async () => {
  database = await freshDatabase()
  await migratePipeline(await loadPipeline('examples/airport-departures.yaml'), database.url)
})

afterAll(() => database?.drop())

test.each([
  ['a migration', async (url: string) => migratePipeline(await loadPipeline('examples/airport-departures.yaml'), url)],
  [
    'dead letters',
    async (url: string) => {
      const store = await DeadLetterStore.open(url, 'flights')
      await store.find({ limit: 1 }).finally(() => store.close())
    },
  ],
  [
    'a pool of sessions',
    (url: string) =>
      openPostgresPool({
        url,
        schema: 'flights',
        applicationName: 'test',
        maxConnections: 1,
        onError: () => undefined,
      }),
  ],
])('%s goes to no server without the TLS that its URL asks for', async (_what, connect) => {
  await expect(connect(`${database.url}?sslmode=verify-full`)).rejects.toThrow(/SSL|certificate/)
})
