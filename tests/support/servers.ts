import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import pg from 'pg'
import { inject } from 'vitest'

/** What a test file has for itself on a server that all of them share. Give it back in `afterAll`, or with `await using`. */
export interface FreshDatabase extends AsyncDisposable {
  readonly url: string
  drop(): Promise<void>
}

export interface FreshRedis extends AsyncDisposable {
  /** Names a numbered database that was empty and that nobody else gets: `FLUSHDB` is fine, `FLUSHALL` is not. */
  readonly url: string
  release(): Promise<void>
}

const NAME_BYTES = 6

/** Longer than any test file takes: a run that was killed gives its databases back by itself. */
const CLAIM_SECONDS = 3_600

/** A new empty database on the shared PostgreSQL. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const shared = inject('postgresUrl')
  const name = `test_${randomBytes(NAME_BYTES).toString('hex')}`
  await onPostgres(shared, `create database ${name} template template0`)
  const url = new URL(shared)
  url.pathname = name
  const drop = () => onPostgres(shared, `drop database if exists ${name} with (force)`)
  return { url: url.href, drop, [Symbol.asyncDispose]: drop }
}

async function onPostgres(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

/** An empty numbered database on the shared Redis. Claims are kept in database 0. */
export async function freshRedis(): Promise<FreshRedis> {
  const url = new URL(inject('redisUrl'))
  url.pathname = '/0'
  const claims = new Redis(url.href)
  const number = await claimDatabase(claims)
  const release = async () => {
    if (claims.status === 'end') return
    await claims.multi().select(number).flushdb().select(0).del(claimKey(number)).exec()
    claims.disconnect()
  }
  url.pathname = `/${number}`
  return { url: url.href, release, [Symbol.asyncDispose]: release }
}

async function claimDatabase(claims: Redis): Promise<number> {
  const databases = Number(((await claims.config('GET', 'databases')) as string[])[1])
  for (let number = 1; number < databases; number++) {
    if ((await claims.set(claimKey(number), process.pid, 'EX', CLAIM_SECONDS, 'NX')) === null) continue
    const answers = await claims.multi().select(number).dbsize().select(0).exec()
    if (answers?.[1]?.[1] === 0) return number
  }
  claims.disconnect()
  throw new Error(
    `all ${databases} databases of the shared Redis are taken or hold data: test files must release theirs`,
  )
}

function claimKey(number: number): string {
  return `metrics-pipeline-tests:database:${number}`
}
