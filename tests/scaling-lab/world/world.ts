import { Random } from '../../simulation/world/random.ts'
import { CAPACITY, type Load, SHARDS } from '../load.ts'
import { Fleet, type Pod } from './fleet.ts'
import { Shard } from './shard.ts'
import type { StreamSight, View } from './view.ts'
import { BATCH_SIZE, workFor } from './work-for.ts'

/** Arrivals, and what one worker does, vary by up to this much from second to second. */
const NOISE = 0.1

/** How long an entry waits for being read, and then for being done, where nothing holds it up. */
const IN_TRANSIT_SECONDS = 0.01

/** Chances in ten thousand a second that a stream's lag becomes unknown, and known: unknown 30 % of the time, for a minute on average. */
const LAG_IS_LOST = 71
const LAG_IS_FOUND = 167

/** A pipeline with its fleet, in steps of one second. What arrives follows from the seed alone, whoever scales. */
export class World implements View {
  readonly #load: Load
  readonly #fleet: Fleet
  readonly #shards: readonly Shard[]
  readonly #weights: readonly number[]
  /** One each, so that no decision changes what else happens. */
  readonly #arriving: Random
  readonly #working: Random
  readonly #losing: Random
  readonly #looking: Random
  readonly #arrivals: number[]
  readonly #isLagLost: boolean[]
  #rest = 0
  #now = 0
  #doneAt = 0

  constructor(load: Load, seed: number) {
    this.#load = load
    this.#arriving = new Random(seed)
    this.#working = new Random(seed + 1)
    this.#losing = new Random(seed + 2)
    this.#looking = new Random(seed + 3)
    const starting = new Random(seed + 4)
    const { startSeconds = usualStart } = load
    this.#fleet = new Fleet(SHARDS, () => startSeconds(starting))
    this.#shards = Array.from({ length: SHARDS }, (_, shard) => new Shard(`stream:{${shard}}`, load.seconds))
    const shares = this.#shards.map(() => 0.8 + 0.4 * this.#arriving.fraction())
    const sum = shares.reduce((total, share) => total + share, 0)
    this.#weights = shares.map((share) => share / sum)
    this.#arrivals = this.#shards.map(() => 0)
    this.#isLagLost = this.#shards.map(() => false)
    this.#fleet.begin(1)
  }

  get now(): number {
    return this.#now
  }

  get pods(): readonly Pod[] {
    return this.#fleet.pods
  }

  get ready(): readonly Pod[] {
    return this.#fleet.ready(this.#now)
  }

  get doneAt(): number {
    return this.#doneAt
  }

  get owners(): readonly (string | undefined)[] {
    return this.#fleet.owners
  }

  /** Of the oldest entry that is not done; 0 when there is none. */
  get oldestAgeSeconds(): number {
    return this.#shards.reduce((age, { oldestSecond = this.#now }) => Math.max(age, this.#now - oldestSecond), 0)
  }

  scaleTo(replicas: number): void {
    this.#fleet.scaleTo(replicas, this.#now)
  }

  step(now: number): void {
    this.#now = now
    this.#fleet.step(now)
    this.#arrive()
    this.#work()
    if (this.#load.isLagOftenUnknown === true) this.#loseLag()
  }

  look(): readonly StreamSight[] {
    return this.#shards.map((shard, i) => {
      const isRead = this.owners[i] !== undefined
      const undelivered = shard.undelivered + (isRead ? this.#inTransit(i) : 0)
      const pending = shard.pending + (isRead ? this.#inTransit(i) : 0)
      const isUnknown = this.#isLagLost[i] === true && undelivered > 0 // where all was delivered, Redis knows
      return {
        stream: shard.stream,
        arrived: shard.arrived,
        undelivered,
        pending,
        lag: isUnknown ? undefined : undelivered,
        oldestSecond: shard.oldestSecond ?? (pending + undelivered > 0 ? this.#now : undefined),
        nextSecond: shard.nextSecond ?? (undelivered > 0 ? this.#now : undefined),
      }
    })
  }

  #inTransit(shard: number): number {
    return Math.floor((this.#arrivals[shard] ?? 0) * IN_TRANSIT_SECONDS + this.#looking.fraction())
  }

  #arrive(): void {
    const expected = this.#load.arrivals(this.#now)
    this.#shards.forEach((shard, i) => {
      const exact = expected * (this.#weights[i] ?? 0) * varied(this.#arriving) + this.#rest
      const entries = Math.floor(exact)
      this.#rest = exact - entries
      this.#arrivals[i] = entries
      shard.arrive(this.#now, entries)
    })
  }

  /** The database shares what it takes among those that have something to do. */
  #work(): void {
    const poisoned = this.#load.poisonedShard?.(this.#now)
    const dead = this.#load.deadShard?.(this.#now)
    const busy: { readonly pod: Pod; readonly shards: readonly Shard[] }[] = []
    for (const pod of this.ready) {
      const numbers = this.#fleet.shardsOf(pod, this.#now).filter((i) => (this.#shards[i]?.backlog ?? 0) > 0)
      const shards = numbers.flatMap((i) => this.#shards[i] ?? [])
      for (const shard of shards) shard.deliver(BATCH_SIZE)
      if (poisoned !== undefined && numbers.includes(poisoned)) pod.busySeconds += 1
      else busy.push({ pod, shards: shards.filter((_, i) => numbers[i] !== dead) })
    }
    const working = busy.filter(({ shards }) => shards.length > 0)
    const share = (this.#load.databaseLimit?.(this.#now) ?? Number.POSITIVE_INFINITY) / working.length
    for (const { pod, shards } of working) {
      const speed = Math.min(CAPACITY, share) * varied(this.#working)
      workFor(pod, shards, speed)
      this.#doneAt = this.#now
    }
  }

  #loseLag(): void {
    this.#isLagLost.forEach((isLost, shard) => {
      const chance = this.#losing.below(10_000)
      this.#isLagLost[shard] = isLost ? chance >= LAG_IS_FOUND : chance < LAG_IS_LOST
    })
  }
}

/** Most pods are ready within ten seconds; one in twenty waits for its image or its node. */
function usualStart(random: Random): number {
  const chance = random.below(100)
  if (chance < 70) return random.between(6, 10)
  return chance < 95 ? random.between(10, 20) : random.between(20, 45)
}

function varied(random: Random): number {
  return 1 - NOISE + 2 * NOISE * random.fraction()
}
