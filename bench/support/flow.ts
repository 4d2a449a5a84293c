import type { EventProducer, OutgoingEvent } from '../../adapters/redis/event-producer.ts'

const EVERY_MS = 50

/** Publishes so many events a second, evenly, until it is ended. It never waits for a reply. */
export class Flow {
  readonly #producer: EventProducer
  readonly #events: Iterator<OutgoingEvent>
  readonly #sent: Promise<unknown>[] = []
  readonly #timer: NodeJS.Timeout
  #perSecond: number
  #sinceMs = performance.now()
  #due = 0
  #published = 0

  constructor(producer: EventProducer, events: Iterator<OutgoingEvent>, perSecond: number) {
    this.#producer = producer
    this.#events = events
    this.#perSecond = perSecond
    this.#timer = setInterval(() => this.#publish(), EVERY_MS)
  }

  changeTo(perSecond: number): void {
    this.#publish()
    this.#perSecond = perSecond
  }

  /** How many were published. */
  async end(): Promise<number> {
    clearInterval(this.#timer)
    await Promise.all(this.#sent)
    return this.#published
  }

  #publish(): void {
    const now = performance.now()
    this.#due += ((now - this.#sinceMs) / 1_000) * this.#perSecond
    this.#sinceMs = now
    const some = Array.from({ length: Math.floor(this.#due) - this.#published }, () => this.#events.next().value)
    this.#published += some.length
    if (some.length > 0) this.#sent.push(this.#producer.publish(some as OutgoingEvent[]))
  }
}
