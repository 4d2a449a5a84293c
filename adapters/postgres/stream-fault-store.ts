import type { Pool } from 'pg'
import type { MetricSet } from '../../core/metric-sets/metric-set.ts'
import type { StreamFaultKind } from '../../core/stream/stream-fault-kind.ts'
import { textArray } from './array-literal.ts'
import { loadSql } from './load-sql.ts'
import { markEveryEntity } from './mark-every-entity.ts'
import { inTransaction } from './postgres-pool.ts'

const POSITIONS = { name: 'committed-positions', text: loadSql('committed-positions') }
const NOTE = { name: 'note-stream-fault', text: loadSql('note-stream-fault') }
const HEAL = loadSql('heal-stream-faults')
const FORGET = { name: 'forget-position', text: loadSql('forget-position') }

/** What was found to be wrong with streams, open until a backfill has made up for it. */
export class StreamFaultStore {
  readonly #pool: Pool
  readonly #set: MetricSet

  constructor(pool: Pool, set: MetricSet) {
    this.#pool = pool
    this.#set = set
  }

  /** How far each stream is committed, by its name: `0-0` where nothing is. */
  async committed(streams: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const { rows } = await this.#pool.query<{ stream: string; position: string }>({
      ...POSITIONS,
      values: [textArray(streams)],
    })
    const positions = new Map(rows.map(({ stream, position }) => [stream, position]))
    return new Map(streams.map((stream) => [stream, positions.get(stream) ?? '0-0']))
  }

  /**
   * A regressed stream's positions begin anew with that, for they speak of entries that it does not hold. Where all facts are in existing
   * tables, whatever the lost entries said is there: marking every entity makes up for them, and the fault is healed with it.
   */
  note(stream: string, kind: StreamFaultKind, detail: string): Promise<void> {
    return inTransaction(this.#pool, async (client) => {
      await client.query({ ...NOTE, values: [stream, kind, detail] })
      if (kind === 'stream-regressed') await client.query({ ...FORGET, values: [stream] })
      if (!this.#set.events.every((type) => type.ignore !== undefined || type.table !== undefined)) return
      await markEveryEntity(client, this.#set)
      await client.query(HEAL, [textArray([stream])])
    })
  }

  /** Closes the open faults of these streams; how many that were. */
  async heal(streams: readonly string[]): Promise<number> {
    const { rowCount } = await this.#pool.query(HEAL, [textArray(streams)])
    return rowCount ?? 0
  }
}
