/** How far a stream's own pending entries have been read since somebody asked for it. */
export interface PendingCursor {
  /** The entry after which reading goes on; `0` for the oldest. */
  readonly after: string
}

/**
 * Streams whose own pending entries are still to be read. A reading that is under way when its stream is forgotten, or asked for once more,
 * moves nothing: its cursor is not the stream's any longer.
 */
export class PendingCursors {
  readonly #cursors = new Map<string, PendingCursor>()

  get isEmpty(): boolean {
    return this.#cursors.size === 0
  }

  entries(): Iterable<[stream: string, cursor: PendingCursor]> {
    return this.#cursors.entries()
  }

  /** Once more, from the oldest. */
  restart(streams: readonly string[]): void {
    for (const stream of streams) this.#cursors.set(stream, { after: '0' })
  }

  forget(streams: readonly string[]): void {
    for (const stream of streams) this.#cursors.delete(stream)
  }

  /** What came after a cursor was read up to an entry. */
  advance(stream: string, from: PendingCursor, after: string): void {
    if (this.#cursors.get(stream) === from) this.#cursors.set(stream, { after })
  }

  /** Nothing comes after a cursor. */
  finish(stream: string, from: PendingCursor): void {
    if (this.#cursors.get(stream) === from) this.#cursors.delete(stream)
  }
}
