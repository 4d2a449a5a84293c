import type { MikroORM } from '@mikro-orm/postgresql'
import { DeadLetterEntity } from './entities/engine-entities.ts'
import { refuseUnmigrated } from './migrate-error.ts'
import { openOrm } from './orm.ts'
import { decodeRawEntry } from './raw-entry.ts'

export interface StoredDeadLetter {
  readonly id: string
  readonly stream: string
  readonly entryId: string
  readonly eventType: string | null
  readonly reason: string
  readonly details: readonly string[]
  /** Name, value, name, value. */
  readonly fields: readonly string[]
  /** The same as bytes, where they are no UTF-8. */
  readonly bytes?: readonly Uint8Array[]
  readonly attempts: number
  readonly createdAt: Date
  readonly replayedAt: Date | null
}

export interface DeadLetterFilter {
  readonly ids?: readonly string[]
  readonly reason?: string
  readonly stream?: string
  readonly includeReplayed?: boolean
  readonly limit: number
}

/** Entries set aside: to be looked at, and to be replayed once what was wrong is mended. */
export class DeadLetterStore {
  readonly #orm: MikroORM
  readonly #schema: string

  private constructor(orm: MikroORM, schema: string) {
    this.#orm = orm
    this.#schema = schema
  }

  static async open(url: string, schema: string): Promise<DeadLetterStore> {
    return new DeadLetterStore(await openOrm(url, schema), schema)
  }

  /** Oldest first. Throws `MigrateError` when the schema was never migrated. */
  async find({
    ids,
    reason,
    stream,
    includeReplayed = false,
    limit,
  }: DeadLetterFilter): Promise<readonly StoredDeadLetter[]> {
    const found = await this.#orm.em
      .fork()
      .find(
        DeadLetterEntity,
        {
          ...(ids === undefined ? {} : { id: { $in: [...ids] } }),
          ...(reason === undefined ? {} : { reason }),
          ...(stream === undefined ? {} : { stream }),
          ...(includeReplayed ? {} : { replayedAt: null }),
        },
        { orderBy: { id: 'asc' }, limit },
      )
      .catch(refuseUnmigrated(this.#schema))
    return found.map((letter) => ({
      id: letter.id,
      stream: letter.stream,
      entryId: letter.entryId,
      eventType: letter.eventType ?? null,
      reason: letter.reason,
      details: letter.details,
      ...decodeRawEntry(letter.raw),
      attempts: letter.attempts,
      createdAt: letter.createdAt as Date,
      replayedAt: (letter.replayedAt ?? null) as Date | null,
    }))
  }

  async markReplayed(ids: readonly string[]): Promise<void> {
    await this.#orm.em.fork().nativeUpdate(DeadLetterEntity, { id: { $in: [...ids] } }, { replayedAt: new Date() })
  }

  close(): Promise<void> {
    return this.#orm.close(true)
  }
}
