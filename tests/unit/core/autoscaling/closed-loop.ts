import { decideReplicas } from '../../../../core/autoscaling/decide-replicas.ts'
import type { ScalingDecision } from '../../../../core/autoscaling/scaling-decision.ts'
import { EMPTY_MEMORY, type ScalingMemory } from '../../../../core/autoscaling/scaling-memory.ts'
import type { ScalingSettings } from '../../../../core/pipeline/scaling-settings.ts'
import { asked, membersDone, SETTINGS, streamOf } from './asked.ts'

export interface World {
  readonly settings?: Partial<ScalingSettings>
  readonly shards?: number | undefined
  /** Entries a second at an instant. */
  readonly arrivals: (second: number) => number
  /** How far the arrivals of one second differ from that, at most, as a share. */
  readonly noise?: number
  /** What one worker gets done in a second when there are so many. */
  readonly perWorker: (workers: number, second: number) => number
  readonly startSeconds?: number
  readonly tickSeconds?: number
  readonly replicas?: number
  readonly memory?: ScalingMemory
  readonly seed?: number
}

export interface Change {
  readonly second: number
  readonly from: number
  readonly to: number
  readonly reason: string
}

/** A fleet, a queue and the decision about them, a second at a time. */
export class ClosedLoop {
  readonly changes: Change[] = []
  decision: ScalingDecision | undefined
  second = 0
  replicas: number
  oldestAgeSeconds = 0
  readonly #world: World
  #memory: ScalingMemory
  /** When each worker is ready. */
  #workers: number[]
  #queue: { second: number; entries: number }[] = []
  #done = 0
  #added = 0
  #random: number
  #arrivals = new Smoothed()
  #completions = new Smoothed()
  #capacity: number | null = null

  constructor(world: World) {
    this.#world = world
    this.replicas = world.replicas ?? 1
    this.#workers = Array.from({ length: this.replicas }, () => 0)
    this.#memory = world.memory ?? EMPTY_MEMORY
    this.#random = world.seed ?? 1
  }

  get backlog(): number {
    return this.#queue.reduce((sum, { entries }) => sum + entries, 0)
  }

  run(seconds: number): this {
    for (const end = this.second + seconds; this.second < end; ) {
      this.second += 1
      this.#pass()
      if (this.second % (this.#world.tickSeconds ?? 2) === 0) this.#decide()
    }
    return this
  }

  get #ready(): number {
    return this.#workers.filter((readyAt) => readyAt <= this.second).length
  }

  #pass(): void {
    const { arrivals, noise = 0, perWorker } = this.#world
    const come = Math.round(arrivals(this.second) * (1 + noise * (2 * this.#draw() - 1)))
    if (come > 0) this.#queue.push({ second: this.second, entries: come })
    const ready = this.#ready
    const each = perWorker(ready, this.second)
    const done = this.#take(Math.floor(ready * each))
    this.#added += come
    this.#done += done
    this.#arrivals.add(come)
    this.#completions.add(done)
    if (done > 0) this.#capacity = this.#capacity === null ? each : this.#capacity + 0.3 * (each - this.#capacity)
    const oldest = this.#queue[0]
    this.oldestAgeSeconds = oldest === undefined ? 0 : this.second - oldest.second
  }

  #take(most: number): number {
    let left = most
    while (left > 0 && this.#queue.length > 0) {
      const [oldest] = this.#queue
      const taken = Math.min(left, oldest!.entries)
      oldest!.entries -= taken
      left -= taken
      if (oldest!.entries === 0) this.#queue.shift()
    }
    return most - left
  }

  #decide(): void {
    const { settings, shards, startSeconds = 5 } = this.#world
    const { backlog } = this
    const { decision, memory } = decideReplicas({
      ...asked({
        nowMs: this.second * 1_000,
        settings: { ...SETTINGS, ...settings },
        ceilings: { shards, connections: 64 },
        source: {
          backlog,
          pending: Math.min(backlog, 1_000),
          isDrained: backlog === 0,
          oldestEventAgeMs: backlog === 0 ? null : this.oldestAgeSeconds * 1_000,
          streams: this.#streams(),
        },
        load: {
          arrivalsPerSecond: this.#arrivals.rate,
          completionsPerSecond: this.#completions.rate,
          capacityPerWorker: this.#capacity,
        },
        database: { members: membersDone(this.#done) },
        fleet: { replicas: this.replicas, ready: this.#ready },
      }),
      memory: JSON.parse(JSON.stringify(this.#memory)) as ScalingMemory,
    })
    this.#memory = memory
    this.decision = decision
    const to = decision!.replicas
    if (to === this.replicas) return
    this.changes.push({ second: this.second, from: this.replicas, to, reason: decision!.reason })
    this.#workers = [
      ...this.#workers.slice(0, to),
      ...Array(Math.max(0, to - this.replicas)).fill(this.second + startSeconds),
    ]
    this.replicas = to
  }

  #streams() {
    const shards = this.#world.shards ?? 1
    const { backlog } = this
    return Array.from({ length: shards }, (_, shard) => ({
      ...streamOf(`orders:{${shard}}`, Math.floor(backlog / shards) + (shard < backlog % shards ? 1 : 0)),
      entriesAdded: shard === 0 ? this.#added : 0,
    }))
  }

  /** The same for the same seed. */
  #draw(): number {
    this.#random = (this.#random * 1_103_515_245 + 12_345) % 2_147_483_648
    return this.#random / 2_147_483_648
  }
}

/** As an observer smooths what it sees: quick up, slow down. */
class Smoothed {
  #quick: number | null = null
  #slow: number | null = null

  get rate(): number | null {
    return this.#quick === null || this.#slow === null ? null : Math.max(this.#quick, this.#slow)
  }

  add(perSecond: number): void {
    this.#quick = this.#quick === null ? perSecond : this.#quick + (1 - Math.exp(-1 / 10)) * (perSecond - this.#quick)
    this.#slow = this.#slow === null ? perSecond : this.#slow + (1 - Math.exp(-1 / 30)) * (perSecond - this.#slow)
  }
}
