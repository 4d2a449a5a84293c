import type { StreamEntry } from '../../../core/stream/entry.ts'
import { type Instant, MICROS_PER_MILLISECOND } from '../../../core/time/instant.ts'
import type { Judge } from '../judge.ts'
import type { World } from '../world/world.ts'

interface Pending {
  consumer: string
  deliveredAt: number
  deliveries: number
}

interface Entry {
  readonly id: string
  readonly fields: readonly string[]
}

/** A stream and the one group that reads it. Entries are known by their place, which grows as their ids do. */
class Stream {
  readonly entries: (Entry | undefined)[] = []
  readonly placeOf = new Map<string, number>()
  /** Place of the first entry that was not delivered. */
  undelivered = 0
  /** By place, in order: entries are delivered in order, and change their consumer in place. */
  readonly pending = new Map<number, Pending>()
}

/** Streams with one consumer group, as far as workers use them. Every command is one step. */
export class Redis {
  /** How many entries were ever added: what a blocked read looks at. */
  additions = 0
  readonly #world: World
  readonly #judge: Judge
  readonly #epochMs: number
  readonly #streams: ReadonlyMap<string, Stream>

  constructor(world: World, judge: Judge, streams: readonly string[], epoch: Instant) {
    this.#world = world
    this.#judge = judge
    this.#epochMs = epoch / MICROS_PER_MILLISECOND
    this.#streams = new Map(streams.map((name) => [name, new Stream()]))
  }

  /** XADD. */
  add(name: string, fields: readonly string[]): string {
    const stream = this.#stream(name)
    this.additions += 1
    const id = `${this.#epochMs + this.#world.now}-${this.additions}`
    stream.placeOf.set(id, stream.entries.length)
    stream.entries.push({ id, fields })
    return id
  }

  /** XREADGROUP with `>`. Undefined where there is nothing yet. */
  readNew(names: readonly string[], consumer: string, count: number): readonly StreamEntry[] | undefined {
    let read: StreamEntry[] | undefined
    for (const name of names) {
      const stream = this.#stream(name)
      const end = Math.min(stream.entries.length, stream.undelivered + count)
      for (let place = stream.undelivered; place < end; place += 1) {
        stream.pending.set(place, { consumer, deliveredAt: this.#world.now, deliveries: 1 })
        const entry = stream.entries[place]
        if (entry !== undefined) (read ??= []).push({ stream: name, ...entry, attempts: 1 })
      }
      stream.undelivered = end
    }
    return read
  }

  /** XPENDING of a consumer, after an entry: which are pending, and how often each was delivered. */
  listPending(
    name: string,
    consumer: string,
    after: string,
    count: number,
  ): readonly { readonly id: string; readonly deliveries: number }[] {
    const { entries } = this.#stream(name)
    return this.#pendingOf(name, consumer, after, count).map(([place, { deliveries }]) => ({
      id: (entries[place] as Entry).id,
      deliveries,
    }))
  }

  /** XREADGROUP with an id. Counts as a delivery. */
  readPending(name: string, consumer: string, after: string, count: number): readonly StreamEntry[] {
    const { entries } = this.#stream(name)
    return this.#pendingOf(name, consumer, after, count).map(([place, pending]) => {
      pending.deliveries += 1
      pending.deliveredAt = this.#world.now
      return { stream: name, ...(entries[place] as Entry), attempts: pending.deliveries }
    })
  }

  /** XAUTOCLAIM with JUSTID, which counts as no delivery. Gives how many were claimed. */
  claimIdle(name: string, consumer: string, idleMs: number, count: number): number {
    let claimed = 0
    for (const pending of this.#stream(name).pending.values()) {
      if (claimed === count) break
      if (this.#world.now - pending.deliveredAt < idleMs) continue
      this.#claim(pending, consumer)
      claimed += 1
    }
    return claimed
  }

  /** XCLAIM with JUSTID of entries that are still pending. */
  keep(entries: readonly StreamEntry[], consumer: string): void {
    for (const pending of this.#pending(entries)) this.#claim(pending, consumer)
  }

  /** XCLAIM with RETRYCOUNT: takes the last delivery back. */
  forgetAttempt(entries: readonly StreamEntry[], consumer: string): void {
    for (const entry of entries)
      for (const pending of this.#pending([entry])) {
        this.#claim(pending, consumer)
        pending.deliveries = entry.attempts - 1
      }
  }

  /** XACK. */
  acknowledge(entries: readonly StreamEntry[]): void {
    for (const { stream, id } of entries) {
      this.#judge.acknowledged(stream, id)
      const { pending, placeOf } = this.#stream(stream)
      pending.delete(placeOf.get(id) as number)
    }
  }

  /** trim-consumed.lua. */
  trimConsumed(names: readonly string[]): void {
    for (const name of names) {
      const stream = this.#stream(name)
      const [oldestPending] = stream.pending.keys()
      const bound = oldestPending ?? stream.undelivered - 1
      for (let place = 0; place < bound; place += 1) {
        const entry = stream.entries[place]
        if (entry === undefined) continue
        this.#judge.trimmed(name, entry.id)
        stream.entries[place] = undefined
      }
    }
  }

  /** Whether nothing is pending, and nothing undelivered. */
  get isEmpty(): boolean {
    for (const { pending, entries, undelivered } of this.#streams.values())
      if (pending.size > 0 || undelivered < entries.length) return false
    return true
  }

  #stream(name: string): Stream {
    return this.#streams.get(name) as Stream
  }

  #pendingOf(name: string, consumer: string, after: string, count: number): readonly [number, Pending][] {
    const { pending, placeOf } = this.#stream(name)
    const from = after === '0' ? 0 : (placeOf.get(after) as number) + 1
    const found: [number, Pending][] = []
    for (const each of pending) {
      if (found.length === count) break
      if (each[0] >= from && each[1].consumer === consumer) found.push(each)
    }
    return found
  }

  *#pending(entries: readonly StreamEntry[]): Generator<Pending> {
    for (const { stream, id } of entries) {
      const { pending, placeOf } = this.#stream(stream)
      const found = pending.get(placeOf.get(id) as number)
      if (found !== undefined) yield found
    }
  }

  #claim(pending: Pending, consumer: string): void {
    pending.consumer = consumer
    pending.deliveredAt = this.#world.now
  }
}
