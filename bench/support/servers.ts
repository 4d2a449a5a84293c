import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import pg from 'pg'
import { openPostgres } from '../../adapters/process/servers/find-postgres.ts'
import { openRedis } from '../../adapters/process/servers/find-redis.ts'
import { sweepThrowAwayFolders, throwAwayFolder } from '../../tests/support/throw-away-folder.ts'

export interface BenchServers {
  readonly redisUrl: string
  /** The URL of an empty database of its own. */
  freshDatabase(): Promise<string>
  flushRedis(): Promise<void>
  stop(): Promise<void>
}

/** Servers of the benchmarks' own, as durable as `mp up` runs them, unless the environment names others. */
export async function openBenchServers(log: (message: string) => void): Promise<BenchServers> {
  await sweepThrowAwayFolders() // a benchmark that was killed leaves gigabytes
  const folder = await throwAwayFolder()
  const postgres = await openPostgres({
    url: process.env['BENCH_DATABASE_URL'],
    dataDir: join(folder, 'postgres'),
    log,
  })
  const redis = await openRedis({ url: process.env['BENCH_REDIS_URL'], dataDir: join(folder, 'redis'), log })
  let databases = 0
  return {
    redisUrl: redis.url,
    freshDatabase: async () => {
      databases += 1
      const name = `bench_${process.pid}_${databases}`
      await withClient(postgres.url, (client) => client.query(`create database ${name}`))
      const url = new URL(postgres.url)
      url.pathname = `/${name}`
      return url.href
    },
    flushRedis: async () => {
      const client = new Redis(redis.url, { protocol: 2 })
      await client.flushdb()
      await client.quit()
    },
    stop: async () => {
      await redis.stop()
      await postgres.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
