import type { Instant } from '../../core/time/instant.ts'

interface Item<T> {
  readonly time: Instant
  readonly value: T
}

/** What is due later, earliest first: a binary heap. */
export class TimeQueue<T> {
  readonly #items: Item<T>[] = []

  push(time: Instant, value: T): void {
    let index = this.#items.push({ time, value }) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (this.#timeOf(parent) <= time) break
      this.#swap(index, parent)
      index = parent
    }
  }

  /** Takes the earliest value if its time has come. */
  takeDue(now: Instant): T | undefined {
    const [first] = this.#items
    if (first === undefined || first.time > now) return undefined
    const last = this.#items.pop() as Item<T>
    if (this.#items.length > 0) this.#sink(last)
    return first.value
  }

  #sink(item: Item<T>): void {
    this.#items[0] = item
    let index = 0
    for (;;) {
      const left = 2 * index + 1
      const child = this.#timeOf(left + 1) < this.#timeOf(left) ? left + 1 : left
      if (this.#timeOf(child) >= item.time) return
      this.#swap(index, child)
      index = child
    }
  }

  #timeOf(index: number): Instant {
    return this.#items[index]?.time ?? Number.POSITIVE_INFINITY
  }

  #swap(a: number, b: number): void {
    const held = this.#items[a] as Item<T>
    this.#items[a] = this.#items[b] as Item<T>
    this.#items[b] = held
  }
}
