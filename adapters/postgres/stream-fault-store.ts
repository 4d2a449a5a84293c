import type { Pool } from 'pg'
import { textArray } from './array-literal.ts'
import { loadSql } from './load-sql.ts'

export type StreamFaultKind = 'stream-regressed' | 'entries-trimmed' | 'entries-deleted' | 'group-recreated'

const POSITIONS = { name: 'committed-positions', text: loadSql('committed-positions') }
const NOTE = { name: 'note-stream-fault', text: loadSql('note-stream-fault') }
const FORGET = { name: 'forget-position', text: loadSql('forget-position') }

/** What was found to be wrong with streams, open until a backfill has made up for it. */
export class StreamFaultStore {
  readonly #pool: Pool

  constructor(pool: Pool) {
    this.#pool = pool
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

  /** A regressed stream's positions begin anew with that, for they speak of entries that it does not hold. */
  async note(stream: string, kind: StreamFaultKind, detail: string): Promise<void> {
    await this.#pool.query({ ...NOTE, values: [stream, kind, detail] })
    if (kind === 'stream-regressed') await this.#pool.query({ ...FORGET, values: [stream] })
  }

  /** Closes the open faults of these streams; how many that were. */
  async heal(streams: readonly string[]): Promise<number> {
    const { rowCount } = await this.#pool.query(
      'update mp_stream_fault set healed_at = clock_timestamp() where healed_at is null and stream = any($1::text[])',
      [textArray(streams)],
    )
    return rowCount ?? 0
  }
}
