import { Client, type ClientConfig, Pool, type PoolClient } from 'pg'
import { type ConnectionUrl, currentUrl } from '../process/connection-url.ts'
import { describeUnreachable } from '../process/servers/describe-unreachable.ts'

export type { Pool, PoolClient }

export interface PostgresPoolOptions {
  readonly url: ConnectionUrl
  readonly schema: string
  readonly applicationName: string
  readonly maxConnections: number
  /**
   * Every statement looks keys up. Said to the planner, for it would make plans over tables that are still empty, and keep them: plans that
   * read a table from end to end once for each key. One plan serves any number of keys; made anew for each few keys it would cost more
   * than it takes to carry it out.
   */
  readonly looksKeysUp?: boolean
  /** One connection stays open however long nobody needs it: whoever comes back less often than every ten seconds would make it anew each time. */
  readonly keepsOne?: boolean
  /** The server refuses to change anything for it. */
  readonly readsOnly?: boolean
  /** A statement that runs longer is ended by the server. */
  readonly statementTimeoutMs?: number
  /** A transaction whose client says nothing for longer is ended by the server, which gives its locks back: a frozen process keeps them. */
  readonly idleInTransactionMs?: number
  /** Told about connections that die while idle; without a listener that would end the process. */
  readonly onError: (error: Error) => void
}

const STATEMENT_TIMEOUT_MS = 60_000
const LOCK_TIMEOUT_MS = 20_000
const CONNECT_TIMEOUT_MS = 10_000

/** A transaction that goes silent for so long is its server's to end: its process is frozen or cut off, and others wait for its locks. */
const SILENT_TRANSACTION_MS = 10_000

/** How much longer than a statement may run its answer may take, before its server counts as gone. */
const ANSWER_MARGIN_MS = 5_000

/** While a statement waits for a lock or computes, the server looks whether anybody is still there to want it. Not every system lets it. */
const LOOK_FOR_CLIENT = "set client_connection_check_interval = '1s'"

/** A pool whose sessions all look the same: the pipeline's schema first, UTC, bounded waits. */
export function createPostgresPool(options: PostgresPoolOptions): Pool {
  const { statementTimeoutMs = STATEMENT_TIMEOUT_MS } = options
  const pool = new Pool({
    Client: clientAt(options.url),
    application_name: options.applicationName,
    max: options.maxConnections,
    min: options.keepsOne === true ? 1 : 0,
    pipeline: true, // statements that do not wait for each other share a round trip
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    statement_timeout: statementTimeoutMs,
    ...(statementTimeoutMs > 0 ? { query_timeout: statementTimeoutMs + ANSWER_MARGIN_MS } : {}),
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: options.idleInTransactionMs ?? SILENT_TRANSACTION_MS,
    options: [
      `-c search_path=${escapeOption(`"${options.schema}"`)} -c TimeZone=UTC`,
      '-c jit=off', // short statements, compiled every time: a loss
      ...(options.readsOnly === true ? ['-c default_transaction_read_only=on'] : []),
      ...(options.looksKeysUp === true ? ['-c enable_seqscan=off', '-c plan_cache_mode=force_generic_plan'] : []),
    ].join(' '),
  })
  pool.on('error', options.onError)
  pool.on('connect', (client) => {
    client.on('error', () => undefined) // lost while in use: the statement it carries fails and tells
    client.query(LOOK_FOR_CLIENT).catch(() => undefined)
  })
  return pool
}

/** A pool makes its clients when it needs them: each goes to where the server is by then. */
function clientAt(url: ConnectionUrl): typeof Client {
  return class extends Client {
    constructor(config?: ClientConfig) {
      super({ ...config, connectionString: currentUrl(url) })
    }
  }
}

/** The pool, once its server has answered. Throws `ServerError`, naming the address, when none does. */
export async function openPostgresPool(options: PostgresPoolOptions): Promise<Pool> {
  const pool = createPostgresPool(options)
  try {
    const client = await pool.connect()
    client.release()
    return pool
  } catch (cause) {
    await pool.end()
    throw describeUnreachable('PostgreSQL', currentUrl(options.url), cause)
  }
}

/** In libpq's `options` a backslash keeps a space or backslash in its word. */
function escapeOption(value: string): string {
  return value.replaceAll(/[\\ ]/g, (character) => `\\${character}`)
}

/** Takes the outcome of a statement that nothing in the transaction waits for. */
export type Later = (statement: Promise<unknown>) => void

/**
 * Runs `work` in one READ COMMITTED transaction: commits what it returns, rolls back when it throws.
 *
 * Statements travel in a pipeline: `begin` goes out together with the first of `work`, and the commit together with those that `work` hands
 * to `later` instead of waiting for them. When one of those fails, so does the transaction.
 */
export async function inTransaction<T>(pool: Pool, work: (client: PoolClient, later: Later) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  const statements: Promise<unknown>[] = []
  let broken: Error | undefined
  try {
    statements.push(handled(client.query('begin')))
    const result = await work(client, (statement) => statements.push(handled(statement)))
    statements.push(handled(client.query('commit')))
    await Promise.all(statements)
    return result
  } catch (error) {
    await Promise.allSettled(statements)
    await client.query('rollback').catch((failure: Error) => {
      broken = failure // the connection is gone, and its transaction with it: the pool must not hand it out again
    })
    throw error
  } finally {
    client.release(broken)
  }
}

/** A failure that is awaited a moment later is no unhandled one. */
function handled<T>(statement: Promise<T>): Promise<T> {
  statement.catch(() => undefined)
  return statement
}
