/** The entries of one shard. Those that arrive within one second are of one age. */
export class Shard {
  readonly stream: string
  /** How many had arrived when each second was over. */
  readonly #arrivedBy: Float64Array
  #arrived = 0
  #delivered = 0
  #done = 0
  /** Of the oldest entry that is not done, and of the oldest that nobody was given. Both only grow. */
  #oldestSecond = 0
  #nextSecond = 0

  constructor(stream: string, seconds: number) {
    this.stream = stream
    this.#arrivedBy = new Float64Array(seconds)
  }

  arrive(second: number, entries: number): void {
    this.#arrived += entries
    this.#arrivedBy[second] = this.#arrived
  }

  /** A worker took entries, so that so many are in its hands beside those that are done. */
  deliver(entries: number): void {
    this.#delivered = Math.min(this.#arrived, Math.max(this.#delivered, this.#done + entries))
  }

  /** Up to so many entries are done with; returns how many. */
  finish(most: number): number {
    const finished = Math.min(most, this.backlog)
    this.#done += finished
    this.#delivered = Math.max(this.#delivered, this.#done)
    return finished
  }

  get arrived(): number {
    return this.#arrived
  }

  get backlog(): number {
    return this.#arrived - this.#done
  }

  get pending(): number {
    return this.#delivered - this.#done
  }

  get undelivered(): number {
    return this.#arrived - this.#delivered
  }

  /** When the oldest entry that is not done arrived; undefined when there is none. */
  get oldestSecond(): number | undefined {
    if (this.backlog === 0) return undefined
    return (this.#oldestSecond = this.#secondAfter(this.#done, this.#oldestSecond))
  }

  /** When the first entry that nobody was given arrived; undefined when there is none. */
  get nextSecond(): number | undefined {
    if (this.undelivered === 0) return undefined
    return (this.#nextSecond = this.#secondAfter(this.#delivered, this.#nextSecond))
  }

  #secondAfter(entries: number, from: number): number {
    let second = from
    while ((this.#arrivedBy[second] ?? Number.POSITIVE_INFINITY) <= entries) second += 1
    return second
  }
}
