import pg from 'pg'
import { identifier } from '../../adapters/postgres/set-sql/identifiers.ts'
import type { OutgoingEvent } from '../../adapters/redis/event-producer.ts'
import type { BenchPipeline } from './pipeline.ts'

interface Awaited {
  /** Facts that the entity's row counted so far. */
  seen: number
  /** When the events beyond those were published, oldest first. */
  readonly publishedAt: number[]
}

const CHANNEL = 'bench_rows'

/**
 * Watches rows from outside: a trigger of the benchmark's own tells, when a row is committed, how many facts it counts. The n-th event of an
 * entity is in its row once the row counts n facts more than before; every event must be a new fact, and one stream keeps their order.
 */
export class RowWatch {
  readonly #client: pg.Client
  readonly #entities: Map<string, Awaited>
  #delays: number[] = []
  #outstanding = 0
  #settled = Promise.withResolvers<void>()

  private constructor(client: pg.Client, entities: Map<string, Awaited>) {
    this.#client = client
    this.#entities = entities
    client.on('notification', ({ payload = '' }) => {
      const [entity = '', facts] = payload.split(' ')
      this.#seen(entity, Number(facts))
    })
  }

  static async start({ databaseUrl, rows }: BenchPipeline): Promise<RowWatch> {
    const client = new pg.Client({ connectionString: databaseUrl })
    await client.connect()
    await client.query(`create function bench_tell_row() returns trigger language plpgsql as
      $$ begin perform pg_notify('${CHANNEL}', new.entity || ' ' || new.facts); return null; end $$`)
    await client.query(
      `create trigger bench_tell_row after insert or update on ${identifier(rows)} for each row execute function bench_tell_row()`,
    )
    const { rows: known } = await client.query<{ entity: string; facts: string }>(
      `select entity, facts from ${identifier(rows)}`,
    )
    await client.query(`listen ${CHANNEL}`)
    return new RowWatch(
      client,
      new Map(known.map(({ entity, facts }) => [entity, { seen: Number(facts), publishedAt: [] }])),
    )
  }

  /** Call it right before the event is sent. */
  published({ data }: OutgoingEvent): void {
    const entity = String(data['origin'])
    const awaited = this.#entities.get(entity) ?? { seen: 0, publishedAt: [] }
    this.#entities.set(entity, awaited)
    awaited.publishedAt.push(performance.now())
    this.#outstanding += 1
  }

  /** Drops the delays measured so far: the warm-up. */
  forget(): void {
    this.#delays = []
  }

  /** Resolves once every published event is in its row. */
  async caughtUp(): Promise<void> {
    while (this.#outstanding > 0) {
      await this.#settled.promise
      this.#settled = Promise.withResolvers()
    }
  }

  /** Waits until every published event is in its row. Gives the delays in milliseconds. */
  async stop(): Promise<readonly number[]> {
    await this.caughtUp()
    await this.#client.end()
    return this.#delays
  }

  #seen(entity: string, facts: number): void {
    const awaited = this.#entities.get(entity)
    if (awaited === undefined) return
    const now = performance.now()
    const arrived = awaited.publishedAt.splice(0, facts - awaited.seen)
    for (const at of arrived) this.#delays.push(now - at)
    awaited.seen = Math.max(awaited.seen, facts)
    this.#outstanding -= arrived.length
    this.#settled.resolve()
  }
}
