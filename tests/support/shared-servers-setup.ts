import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { assertServerVersion } from '../../adapters/process/servers/assert-server-version.ts'
import { openPostgres } from '../../adapters/process/servers/find-postgres.ts'
import { openRedis } from '../../adapters/process/servers/find-redis.ts'
import { sweepThrowAwayFolders, throwAwayFolder } from './throw-away-folder.ts'

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string
    redisUrl: string
  }
}

/** One numbered database per test file, and some for files that want two. */
const REDIS_DATABASES = 256

/** Opens the PostgreSQL and the Redis that all suites with servers share; vitest runs it only when such a suite does. */
export default async function setUpSharedServers(project: TestProject): Promise<() => Promise<void>> {
  await sweepThrowAwayFolders()
  const folder = await throwAwayFolder()
  const log = (message: string) => console.error(`tests: ${message}`)
  const options = { log, durable: false }
  const opening = [
    openPostgres({ ...options, dataDir: join(folder, 'postgres'), url: process.env.TEST_DATABASE_URL || undefined }),
    openRedis({
      ...options,
      dataDir: join(folder, 'redis'),
      url: process.env.TEST_REDIS_URL || undefined,
      databases: REDIS_DATABASES,
    }),
  ] as const
  const stop = async () => {
    for (const opened of await Promise.allSettled(opening)) if (opened.status === 'fulfilled') await opened.value.stop()
    await rm(folder, { recursive: true, force: true })
    await sweepThrowAwayFolders()
  }
  try {
    const [postgres, redis] = await Promise.all(opening)
    assertServerVersion(postgres.versionNum)
    project.provide('postgresUrl', postgres.url)
    project.provide('redisUrl', redis.url)
    // For the next project of this run that sets them up, which so finds them as given.
    process.env.TEST_DATABASE_URL = postgres.url
    process.env.TEST_REDIS_URL = redis.url
    return stop
  } catch (error) {
    await stop()
    throw error
  }
}
