const PAUSE_MS = 60_000

/** Told how many lines were left out before this one. */
type Write = (text: string, leftOut: number) => void

/** One line a minute at most, for trouble that says the same again every few seconds. */
export class SeldomLog {
  readonly #write: Write
  readonly #monotonicMs: () => number
  #nextAt = Number.NEGATIVE_INFINITY
  #leftOut = 0

  constructor(write: Write, monotonicMs = () => performance.now()) {
    this.#write = write
    this.#monotonicMs = monotonicMs
  }

  write(text: string): void {
    const now = this.#monotonicMs()
    if (now < this.#nextAt) {
      this.#leftOut += 1
      return
    }
    this.#write(text, this.#leftOut)
    this.#leftOut = 0
    this.#nextAt = now + PAUSE_MS
  }
}
