import type { Pool } from 'pg'
import type { FleetState, HeldShard } from '../../core/fleet/fleet-state.ts'
import { LEASE_MS } from '../../core/fleet/lease.ts'
import { plainArray, textArray } from './array-literal.ts'
import { loadSql } from './load-sql.ts'
import { ALIVE_MS } from './member-store.ts'

export interface AcquiredShard extends HeldShard {
  /** The greatest entry id that was committed: `<milliseconds>-<sequence>`, `0-0` at the beginning. */
  readonly position: string
}

/** The schema's shards are others than the pipeline's. */
export class ShardsChangedError extends Error {
  constructor(recorded: readonly string[], wanted: readonly string[]) {
    super(
      `this schema holds the shards of ${recorded.length} streams (${recorded[0]} …), and the pipeline declares ${wanted.length} (${wanted[0]} …); ` +
        'write the former prefix and number, or give the pipeline a schema of its own',
    )
    this.name = 'ShardsChangedError'
  }
}

interface FleetRow {
  readonly shard: number
  readonly token: string
  readonly owner: string | null
  readonly renewed: boolean
  readonly members: readonly string[]
}

const ENSURE = { name: 'ensure-shards', text: loadSql('ensure-shards') }
const TICK = { name: 'tick-fleet', text: loadSql('tick-fleet') }
const ACQUIRE = { name: 'acquire-shards', text: loadSql('acquire-shards') }
const RELEASE = { name: 'release-shards', text: loadSql('release-shards') }
const LEAVE = { name: 'leave-fleet', text: loadSql('leave-fleet') }

/** Who holds which shard: leases by the database's clock, tokens that only grow. */
export class ShardStore {
  readonly #pool: Pool
  readonly #consumer: string

  constructor(pool: Pool, consumer: string) {
    this.#pool = pool
    this.#consumer = consumer
  }

  /** Makes the shards' rows. Throws `ShardsChangedError` where there are others already. */
  async ensure(streams: readonly string[]): Promise<void> {
    const isWanted = (recorded: readonly string[]) => recorded.join('\n') === streams.join('\n')
    if (isWanted(await this.#make(streams))) return
    const recorded = await this.#make(streams) // rows that another worker was making at that moment are seen only now
    if (!isWanted(recorded)) throw new ShardsChangedError(recorded, streams)
  }

  async #make(streams: readonly string[]): Promise<readonly string[]> {
    const { rows } = await this.#pool.query<{ stream: string }>({ ...ENSURE, values: [textArray(streams)] })
    return rows.map((row) => row.stream)
  }

  /** Says that this worker is alive, renews its leases, and sees the fleet. */
  async tick(held: readonly HeldShard[]): Promise<FleetState> {
    const { rows } = await this.#pool.query<FleetRow>({
      ...TICK,
      values: [this.#consumer, ALIVE_MS, ...arraysOf(held), LEASE_MS],
    })
    return {
      members: rows[0]?.members ?? [],
      shards: rows.map(({ token, owner, renewed }) => ({ token, owner: owner ?? undefined, renewed })),
    }
  }

  /** Takes free shards, at most `limit`. */
  async acquire(limit: number, held: readonly HeldShard[]): Promise<readonly AcquiredShard[]> {
    const own = plainArray(held.map(({ shard }) => shard))
    const { rows } = await this.#pool.query<AcquiredShard>({
      ...ACQUIRE,
      values: [this.#consumer, limit, LEASE_MS, own],
    })
    return rows
  }

  /** Takes this worker off the list of those that share the shards; the next tick puts it back. */
  async leave(): Promise<void> {
    await this.#pool.query({ ...LEAVE, values: [this.#consumer] })
  }

  /** Lets shards go, for others to take at once. */
  async release(shards: readonly HeldShard[]): Promise<void> {
    if (shards.length > 0) await this.#pool.query({ ...RELEASE, values: arraysOf(shards) })
  }
}

function arraysOf(held: readonly HeldShard[]): [shards: string, tokens: string] {
  return [plainArray(held.map(({ shard }) => shard)), plainArray(held.map(({ token }) => token))]
}
