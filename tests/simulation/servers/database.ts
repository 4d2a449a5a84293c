import type { Fact } from '../../../core/events/parse-event.ts'
import type { EventType, MetricSet } from '../../../core/metric-sets/metric-set.ts'
import type { EntityRow } from '../../../core/metrics/evaluate-entity.ts'
import { type Instant, MICROS_PER_MILLISECOND } from '../../../core/time/instant.ts'
import type { Judge } from '../judge.ts'
import type { World } from '../world/world.ts'
import { Row, Table } from './row.ts'
import type { Source } from './sources.ts'

export interface Mark {
  readonly entity: string
  readonly version: number
  /** Milliseconds of the world. */
  readonly firstDirtyAt: number
  readonly lastDirtyAt: number
}

export interface StoredRow {
  readonly entity: string
  readonly evaluation: number
  readonly asOf: Instant
  /** What it was computed from. */
  readonly sources: readonly Source[]
  readonly row: EntityRow
}

export interface ShardRow {
  readonly owner: string | undefined
  readonly token: number
  readonly expiresAt: number
  /** The greatest entry id that was committed. */
  readonly position: string
}

export interface Member {
  readonly heartbeatAt: number
  readonly readsAt: number | undefined
}

/** A reference whose fact has not come. */
export interface Unresolved {
  readonly type: EventType
  readonly id: string
}

/** An entry as a dead letter: by its stream and id, and why. */
export interface SetAside {
  readonly entry: string
  readonly reason: string
}

/** The tables of a pipeline. What the statements of `adapters/postgres` do to them is modelled beside it, under their names. */
export class Database {
  readonly world: World
  readonly set: MetricSet
  readonly judge: Judge
  readonly facts: ReadonlyMap<EventType, Table<Fact>>
  readonly marks = new Table<Mark>()
  readonly unresolved = new Table<Unresolved>()
  readonly rows = new Table<StoredRow>()
  /** By shard number. */
  readonly shards: readonly Row<ShardRow>[]
  readonly members = new Map<string, Member>()
  /** Of the data; stays without a value where as-of is the clock. */
  readonly asOf = new Row<Instant>('as-of')
  readonly deadLetters = new Table<SetAside>()
  /** The instant at which the world begins. */
  readonly #epoch: Instant
  #evaluations = 0
  #versions = 0

  constructor(world: World, set: MetricSet, judge: Judge, shards: number, epoch: Instant) {
    this.world = world
    this.set = set
    this.judge = judge
    this.#epoch = epoch
    this.facts = new Map(set.events.map((type) => [type, new Table<Fact>()]))
    this.shards = Array.from(
      { length: shards },
      (_, shard) => new Row<ShardRow>(String(shard), { owner: undefined, token: 0, expiresAt: 0, position: '0-0' }),
    )
  }

  factsOf(type: EventType): Table<Fact> {
    return this.facts.get(type) as Table<Fact>
  }

  /** `clock_timestamp()`, to the microsecond. */
  clock(): Instant {
    return this.instantOf(this.world.now)
  }

  instantOf(now: number): Instant {
    return this.#epoch + now * MICROS_PER_MILLISECOND
  }

  nextEvaluation(): number {
    return ++this.#evaluations
  }

  nextVersion(): number {
    return ++this.#versions
  }
}
