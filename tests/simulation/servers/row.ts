import type { Session } from './session.ts'

/** A row of a table, also where there is none yet: an insert locks its key. Undefined values: no row. */
export class Row<V> {
  readonly key: string
  /** As last committed. */
  committed: V | undefined
  /** Who has it locked. */
  owner: Session | undefined
  /** What its owner wrote. */
  written: V | undefined
  isWritten = false

  constructor(key: string, committed?: V) {
    this.key = key
    this.committed = committed
  }

  /** What a session sees: its own writes, and what is committed. */
  seenBy(session: Session): V | undefined {
    return this.isWritten && this.owner === session ? this.written : this.committed
  }

  write(value: V | undefined): void {
    this.written = value
    this.isWritten = true
  }

  /** Gives the lock back, and with it the writes or what was there before. */
  settle(isCommitted: boolean): void {
    if (isCommitted && this.isWritten) this.committed = this.written
    this.isWritten = false
    this.written = undefined
    this.owner = undefined
  }
}

export class Table<V> {
  readonly #rows = new Map<string, Row<V>>()

  row(key: string): Row<V> {
    let found = this.#rows.get(key)
    if (found === undefined) this.#rows.set(key, (found = new Row<V>(key)))
    return found
  }

  all(): Iterable<Row<V>> {
    return this.#rows.values()
  }

  /** Where something is committed. */
  *committed(): Generator<V> {
    for (const { committed } of this.#rows.values()) if (committed !== undefined) yield committed
  }

  get size(): number {
    let size = 0
    for (const { committed } of this.#rows.values()) if (committed !== undefined) size += 1
    return size
  }
}
