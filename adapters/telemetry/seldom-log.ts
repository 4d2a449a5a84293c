const PAUSE_MS = 60_000

/** Told how many lines were left out before this one. */
type Write<What> = (what: What, leftOut: number) => void

/** One line a minute at most, for trouble that says the same again every few seconds. */
export class SeldomLog<What> {
  readonly #write: Write<What>
  readonly #monotonicMs: () => number
  #nextAt = Number.NEGATIVE_INFINITY
  #leftOut = 0

  constructor(write: Write<What>, monotonicMs = () => performance.now()) {
    this.#write = write
    this.#monotonicMs = monotonicMs
  }

  write(what: What): void {
    const now = this.#monotonicMs()
    if (now < this.#nextAt) {
      this.#leftOut += 1
      return
    }
    this.#write(what, this.#leftOut)
    this.#leftOut = 0
    this.#nextAt = now + PAUSE_MS
  }
}
