const PAUSE_MS = 60_000

type Write = (message: string, fields: Readonly<Record<string, unknown>>) => void

/** One line a minute at most, for trouble that says the same again every few seconds; each line tells how many before it were left out. */
export class SeldomLog {
  readonly #write: Write
  readonly #monotonicMs: () => number
  #nextAt = Number.NEGATIVE_INFINITY
  #leftOut = 0

  constructor(write: Write, monotonicMs = () => performance.now()) {
    this.#write = write
    this.#monotonicMs = monotonicMs
  }

  write(message: string, fields: Readonly<Record<string, unknown>>): void {
    const now = this.#monotonicMs()
    if (now < this.#nextAt) {
      this.#leftOut += 1
      return
    }
    this.#write(message, { ...fields, leftOut: this.#leftOut })
    this.#leftOut = 0
    this.#nextAt = now + PAUSE_MS
  }
}
