/** Chance that is the same for the same seed, everywhere. Mulberry32: fast, and good enough to pick by. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0
    this.#next() // seeds that follow each other begin alike
  }

  /** A whole number from 0 to `n` - 1. */
  below(n: number): number {
    return this.#next() % n
  }

  /** Both ends included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  chance(perMille: number): boolean {
    return this.#next() % 1_000 < perMille
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T
  }

  /** In [0, 1). */
  fraction(): number {
    return this.#next() / 0x1_0000_0000
  }

  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
}
