import { decideShards, type ShardDecision } from './decide-shards.ts'
import type { FleetState, HeldShard } from './fleet-state.ts'
import { mayRead } from './lease.ts'

interface Holding extends HeldShard {
  /** By the worker's monotonic clock: when the last renewal that worked was asked for. */
  renewedAt: number
}

/** A token that no shard ever has: what is begun without holding a shard is refused when it is committed. */
const NO_TOKEN = '-1'

/**
 * The shards that a worker believes to be its own. It may be wrong, and learns of that late: reading is a matter of speed and order only; what
 * may be committed, the token decides.
 */
export class ShardHoldings {
  readonly #self: string
  readonly #streams: readonly string[]
  readonly #held = new Map<string, Holding>()
  /** Held, but read no more. */
  readonly #leaving = new Set<string>()

  /** `streams` by shard number. */
  constructor(self: string, streams: readonly string[]) {
    this.#self = self
    this.#streams = streams
  }

  get size(): number {
    return this.#held.size
  }

  all(): readonly HeldShard[] {
    return [...this.#held.values()]
  }

  /** Streams that may be read at this moment. */
  readable(now: number): readonly string[] {
    return [...this.#held].flatMap(([stream, { renewedAt }]) =>
      mayRead(renewedAt, now) && !this.#leaving.has(stream) ? [stream] : [],
    )
  }

  fenceOf(stream: string): HeldShard {
    return this.#held.get(stream) ?? { shard: this.#streams.indexOf(stream), token: NO_TOKEN }
  }

  /** These are held from now on. Gives their streams. */
  take(acquired: readonly HeldShard[], askedAt: number): readonly string[] {
    return acquired.map(({ shard, token }) => {
      const stream = this.#streams[shard] as string
      this.#held.set(stream, { shard, token, renewedAt: askedAt })
      return stream
    })
  }

  /** The leases of these were renewed, as far as they are held under the same token. */
  renew(shards: readonly HeldShard[], askedAt: number): void {
    for (const holding of this.#held.values()) {
      const isRenewed = shards.some(({ shard, token }) => shard === holding.shard && token === holding.token)
      if (isRenewed) holding.renewedAt = Math.max(holding.renewedAt, askedAt)
    }
  }

  /** What a look at the fleet says of these shards. Gives those that have another token by now: they are somebody else's. */
  learn({ shards }: FleetState, askedAt: number): readonly number[] {
    const holdings = [...this.#held.values()]
    this.renew(
      holdings.filter(({ shard }) => shards[shard]?.renewed === true),
      askedAt,
    )
    return holdings.flatMap(({ shard, token }) => (shards[shard]?.token === token ? [] : [shard]))
  }

  /**
   * What to do about the shares. What is held counts, though its lease may have run out: nobody took it over. A shard that stands under this
   * worker's name without being held was taken in an earlier life, or in a reply that never arrived: nobody reads it, so it counts as free.
   */
  decide({ members, shards }: FleetState): ShardDecision {
    const own = new Set([...this.#held.values()].map(({ shard }) => shard))
    const owners = shards.map(({ owner }, shard) => {
      if (own.has(shard)) return this.#self
      return owner === this.#self ? undefined : owner
    })
    return decideShards({ self: this.#self, members, owners })
  }

  /** Of some shards the streams that are held. */
  streamsOf(shards: readonly number[]): readonly string[] {
    return [...this.#held].flatMap(([stream, { shard }]) => (shards.includes(shard) ? [stream] : []))
  }

  /** These are read no more; what is in flight may still be committed. */
  leave(streams: readonly string[]): void {
    for (const stream of streams) this.#leaving.add(stream)
  }

  /** These are held no more. */
  drop(streams: readonly string[]): void {
    for (const stream of streams) {
      this.#leaving.delete(stream)
      this.#held.delete(stream)
    }
  }
}
