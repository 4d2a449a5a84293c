/** A wait of so many milliseconds. */
export type Steps<T = void> = Generator<number, T>

interface Act {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/** Time that is only counted: acts come in the order of their instants, and those of one instant in the order in which they were planned. */
export class Timeline {
  now = 0
  #planned = 0
  readonly #heap: Act[] = []

  at(instant: number, run: () => void): void {
    const heap = this.#heap
    let child = heap.push({ at: instant, order: (this.#planned += 1), run }) - 1
    while (child > 0) {
      const parent = (child - 1) >> 1
      if (!isBefore(heap[child] as Act, heap[parent] as Act)) break
      swap(heap, child, parent)
      child = parent
    }
  }

  runUntil(end: number): void {
    for (let next = this.#heap[0]; next !== undefined && next.at <= end; next = this.#heap[0]) {
      this.#removeFirst()
      this.now = next.at
      next.run()
    }
    this.now = end
  }

  #removeFirst(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (heap.length === 0 || last === undefined) return
    heap[0] = last
    for (let parent = 0; ; ) {
      const [left, right] = [2 * parent + 1, 2 * parent + 2]
      let least = parent
      for (const child of [left, right])
        if (child < heap.length && isBefore(heap[child] as Act, heap[least] as Act)) least = child
      if (least === parent) return
      swap(heap, least, parent)
      parent = least
    }
  }
}

function isBefore(a: Act, b: Act): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}

function swap(heap: Act[], a: number, b: number): void {
  const held = heap[a] as Act
  heap[a] = heap[b] as Act
  heap[b] = held
}
