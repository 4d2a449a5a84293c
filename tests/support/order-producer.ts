import { setTimeout as delay } from 'node:timers/promises'
import { EventProducer } from '../../adapters/redis/event-producer.ts'
import { chance, createRandom, pick, type Random } from '../../examples/tutor-performance/random.ts'
import { eventually } from './eventually.ts'
import type { PipelineOnServers } from './pipeline-on-servers.ts'
import { type Order, order } from './shop-orders.ts'

export interface OrderProducerOptions {
  readonly seed?: number
  /** What order number n is. */
  readonly make?: (n: number) => Order
}

const CHUNK = 20
const PAUSE_MS = 20

/** A server that refuses for longer than this has been given up by its test. */
const PATIENCE_MS = 60_000

const FLOW_MS = 120_000

const DUPLICATES = 0.02

/**
 * Publishes orders as they come in real life: some twice, neighbours in any order, and all of them again until it is known that they arrived.
 */
export class OrderProducer {
  /** Those that are known to have arrived. */
  readonly published: Order[] = []
  readonly #shops: PipelineOnServers
  readonly #random: Random
  readonly #make: (n: number) => Order

  constructor(shops: PipelineOnServers, { seed = 1, make = order }: OrderProducerOptions = {}) {
    this.#shops = shops
    this.#make = make
    this.#random = createRandom(seed)
  }

  /** Publishes the next orders. */
  async publish(count: number): Promise<void> {
    const next = Array.from({ length: count }, (_, i) => this.#make(this.published.length + i))
    await this.#send(this.#disordered(next))
    this.published.push(...next)
  }

  /** Publishes all orders from this one on once more, as whoever does not know what became of them. */
  async publishFrom(number: number): Promise<void> {
    await this.#send(this.published.slice(number))
  }

  /** Publishes, some hundred a second, until it is disposed of. */
  flow(): AsyncDisposable {
    const stop = new AbortController()
    const flowing = this.#flow(stop.signal)
    flowing.catch(() => undefined) // told to whoever ends it
    return {
      async [Symbol.asyncDispose]() {
        stop.abort()
        await flowing
      },
    }
  }

  /** Resolves when so many more are known to have arrived. How fast they do says nothing about faults. */
  async flowsOn(count = 300): Promise<void> {
    const enough = this.published.length + count
    const flows = () => {
      if (this.published.length <= enough)
        throw new Error(`${this.published.length} orders have arrived, not ${enough}`)
    }
    await eventually(flows, { withinMs: FLOW_MS })
  }

  async #flow(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await this.publish(CHUNK)
      await delay(PAUSE_MS)
    }
  }

  #disordered(next: readonly Order[]): readonly Order[] {
    const again = next.flatMap(() =>
      this.published.length > 0 && chance(this.#random, DUPLICATES) ? [pick(this.#random, this.published)] : [],
    )
    return [...next, ...again]
      .map((each) => [this.#random(), each] as const)
      .sort(([a], [b]) => a - b)
      .map(([, each]) => each)
  }

  /** For as long as it takes: publishing again is safe. */
  async #send(events: readonly Order[]): Promise<void> {
    const routed = this.#isSharded ? events.map(({ stream: _, ...event }) => event) : events
    for (const deadline = performance.now() + PATIENCE_MS; ; ) {
      try {
        const producer = await EventProducer.connect(this.#shops.redisUrl, { pipeline: this.#shops.pipeline })
        await producer.publish(routed).finally(() => producer.close())
        return
      } catch (error) {
        if (performance.now() > deadline) throw error
        await delay(PAUSE_MS) // the server is away, or refuses: a test makes it do that
      }
    }
  }

  get #isSharded(): boolean {
    return this.#shops.pipeline.pipeline.spec.source.redisStreams.sharded !== undefined
  }
}
