import type { Pool, PoolClient } from 'pg'
import { expect } from 'vitest'
import { eventually } from './eventually.ts'

const KEY = 4_711

const INSTALL = `
  create function pass_gate() returns trigger language plpgsql as $$ begin
    perform pg_advisory_xact_lock_shared(${KEY});
    return null;
  end $$;
  create trigger pass_gate after insert on fact_order for each statement execute function pass_gate()`

const WAITING = `
  select from pg_locks where locktype = 'advisory' and objid = ${KEY} and not granted
     and database = (select oid from pg_database where datname = current_database())`

/** Holds every commit up in the middle, after its first facts were written, for as long as it is closed. */
export class CommitGate implements AsyncDisposable {
  readonly #db: Pool
  readonly #client: PoolClient

  private constructor(db: Pool, client: PoolClient) {
    this.#db = db
    this.#client = client
  }

  /** Closed. */
  static async install(db: Pool): Promise<CommitGate> {
    await db.query(INSTALL)
    const client = await db.connect()
    await client.query(`select pg_advisory_lock(${KEY})`)
    return new CommitGate(db, client)
  }

  /** Resolves once so many commits wait. */
  async holds(commits: number, options?: { readonly withinMs: number }): Promise<void> {
    await eventually(async () => expect((await this.#db.query(WAITING)).rowCount).toBe(commits), options)
  }

  async open(): Promise<void> {
    await this.#client.query('select pg_advisory_unlock_all()')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.open()
    this.#client.release()
  }
}
