import type { Pool, PoolClient } from 'pg'
import type { Fact, MarkRequest } from '../../core/events/parse-event.ts'
import { idsToLock, reduceFacts } from '../../core/events/reduce-facts.ts'
import type { Rejection } from '../../core/events/rejection.ts'
import type { HeldShard } from '../../core/fleet/fleet-state.ts'
import { LEASE_MS } from '../../core/fleet/lease.ts'
import { DirtyEntities, type FormerPlace } from '../../core/marks/dirty-entities.ts'
import type { EventType, MetricSet } from '../../core/metric-sets/metric-set.ts'
import { floorUtcDay, formatInstant, type Instant } from '../../core/time/instant.ts'
import { currentTraceparent, Steps } from '../telemetry/span.ts'
import { plainArray, textArray } from './array-literal.ts'
import { encodeFacts } from './encode-facts.ts'
import { loadSql } from './load-sql.ts'
import { markEveryEntity } from './mark-every-entity.ts'
import { inTransaction } from './postgres-pool.ts'
import { countDuplicatesStatement, findReferencedStatement, upsertFactsStatement } from './set-sql/fact-statements.ts'
import { run, type Statement } from './statement-cache.ts'

export interface DeadLetter {
  readonly stream: string
  readonly entryId: string
  readonly eventType: string | null
  readonly rejection: Rejection
  /** The entry's fields as a JSON array of texts, or whatever bytes it had. */
  readonly raw: Buffer
  readonly attempts: number
}

/** How far a consumer has come on a stream: its greatest committed entry id, in its two parts. */
export interface StreamPosition {
  readonly stream: string
  readonly milliseconds: string
  readonly sequence: string
}

/** A shard in this worker's hands, and how far a batch takes it. */
export interface ShardPosition extends HeldShard, StreamPosition {}

export interface Batch {
  readonly consumer: string
  readonly facts: readonly Fact[]
  readonly marks: readonly MarkRequest[]
  readonly deadLetters: readonly DeadLetter[]
  /** Of plain streams. */
  readonly positions: readonly StreamPosition[]
  /** Of a sharded source: the batch is committed only while each of these is held under its token. */
  readonly shards?: readonly ShardPosition[]
  /** Those of its facts and marks that belong to recorded traces: whoever evaluates their entities goes on with these. */
  readonly traced?: readonly (Fact | MarkRequest)[]
}

/** What became of a batch's facts; with the dead letters and what was ignored they add up to what was read. */
export interface BatchCounts {
  readonly persisted: number
  readonly duplicate: number
  readonly stale: number
  readonly marked: number
}

export type CommitOutcome =
  | {
      readonly kind: 'applied'
      readonly counts: BatchCounts
      /** Those that the batch made dirty. */
      readonly entities: readonly string[]
    }
  /** Another revision of the pipeline is in force: commit and acknowledge nothing, drain. */
  | { readonly kind: 'superseded' }
  /** These shards have another owner by now: commit and acknowledge nothing of theirs. */
  | { readonly kind: 'fenced'; readonly shards: readonly number[] }

const holdRevision = statement('hold-revision')
const holdShards = statement('hold-shards')
const markEntities = statement('mark-entities')
const rememberUnresolved = statement('remember-unresolved')
const storeDeadLetters = statement('store-dead-letters')
const advancePositions = statement('advance-positions')
const countQuality = statement('count-quality')
const advanceAsOf = statement('advance-as-of')

function statement(name: string): Statement {
  return { name, text: loadSql(name) }
}

/** Rolls the transaction back: nothing of a batch may be written under a revision that is not in force. */
class Superseded extends Error {}

/** The same for shards that were overtaken. */
class Fenced extends Error {
  readonly shards: readonly number[]

  constructor(shards: readonly number[]) {
    super('fenced')
    this.shards = shards
  }
}

interface TypeStatements {
  readonly upsert: Statement
  readonly duplicates: Statement
  readonly find: Statement
}

/** Rows that the upsert reports: what was not applied, and what moved. */
interface ExceptionalRow {
  readonly n: number
  readonly applied: boolean
  readonly replaced: boolean
  readonly old_entity?: string | null
  readonly old_reference?: string | null
}

/**
 * Commits batches: facts, marks, dead letters and positions in one transaction.
 *
 * Locks are taken in one order by every writer: the revision, the shards by number, then per event type (referenced types first) the facts by id, then
 * unresolved references, marks by entity, positions. A batch may be committed any number of times: the second time changes nothing.
 */
export class FactStore {
  readonly #pool: Pool
  readonly #set: MetricSet
  readonly #revision: number
  readonly #statements: ReadonlyMap<EventType, TypeStatements>
  /** Referenced types come first, for every writer. */
  readonly #order: readonly EventType[]

  constructor(pool: Pool, set: MetricSet, revision: number) {
    this.#pool = pool
    this.#revision = revision
    this.#set = set
    this.#order = set.events.filter((type) => type.ignore === undefined)
    this.#statements = new Map(
      this.#order.map((type) => [
        type,
        {
          upsert: { name: `upsert ${type.name}`, text: upsertFactsStatement(type) },
          duplicates: { name: `duplicates ${type.name}`, text: countDuplicatesStatement(type) },
          find: { name: `find ${type.name}`, text: findReferencedStatement(type) },
        },
      ]),
    )
  }

  async commit(batch: Batch): Promise<CommitOutcome> {
    const steps = new Steps('statement', { attributes: { 'db.system.name': 'postgresql' } })
    try {
      const outcome = await this.#commit(batch, () => steps.next('commit'))
      steps.end()
      return outcome
    } catch (error) {
      steps.end(error)
      throw error
    }
  }

  #commit(batch: Batch, onWritten: () => void): Promise<CommitOutcome> {
    return inTransaction(this.#pool, async (client, later) => {
      const held = run(client, holdRevision, [this.#revision])
      const fence = holdBatchShards(client, batch.shards ?? [])
      const dirty = new DirtyEntities()
      const [{ rowCount }, lost, counts] = await Promise.all([held, fence, this.#writeFacts(client, batch, dirty)])
      if (rowCount === 0) throw new Superseded()
      if (lost.length > 0) throw new Fenced(lost)

      await this.#resolve(client, dirty)
      if (this.#set.asOf === 'EventTime') await this.#followData(client, batch.facts)
      for (const statement of this.#finish(client, batch, dirty, counts.applied)) later(statement)
      onWritten()
      const { persisted, duplicate, stale } = counts
      return {
        kind: 'applied',
        counts: { persisted, duplicate, stale, marked: batch.marks.length },
        entities: [...dirty.entities.keys()],
      } as const
    }).catch((error: unknown) => {
      if (error instanceof Superseded) return { kind: 'superseded' } as const
      if (error instanceof Fenced) return { kind: 'fenced', shards: error.shards } as const
      throw error
    })
  }

  /** What nobody waits for, in lock order. */
  #finish(
    client: PoolClient,
    batch: Batch,
    dirty: DirtyEntities,
    applied: readonly Fact[],
  ): readonly Promise<unknown>[] {
    return [
      writeUnresolved(client, dirty),
      writeMarks(client, dirty, batch.traced ?? []),
      writeDeadLetters(client, batch.deadLetters),
      writePositions(client, batch),
      writeQuality(client, applied),
    ]
  }

  async #writeFacts(client: PoolClient, batch: Batch, dirty: DirtyEntities): Promise<WriteCounts> {
    const reduced = reduceFacts(batch.facts)
    const counts: WriteCounts = { persisted: 0, duplicate: reduced.duplicates, stale: reduced.stale, applied: [] }
    for (const mark of batch.marks) dirty.addMark(mark)

    for (const type of this.#order) {
      const facts = reduced.byType.get(type) ?? []
      if (type.referenced) await this.#lock(client, type, reduced.byType, dirty)
      if (facts.length === 0) continue
      const exceptional = await this.#upsert(client, type, facts)
      const refused = new Set(exceptional.filter((row) => !row.applied).map((row) => row.n))
      const applied = facts.filter((_, index) => !refused.has(index + 1))
      for (const fact of applied) dirty.addFact(fact)
      for (const row of exceptional) if (row.applied) dirty.addMoved(facts[row.n - 1] as Fact, formerPlace(row))

      const duplicates = await this.#countDuplicates(
        client,
        type,
        facts.filter((_, index) => refused.has(index + 1)),
      )
      counts.persisted += applied.length
      counts.duplicate += duplicates
      counts.stale += refused.size - duplicates
      counts.applied.push(...applied)
    }
    return counts
  }

  /** Locks, in one pass by id, the rows that this batch is going to replace together with those that its other facts refer to. */
  async #lock(
    client: PoolClient,
    type: EventType,
    byType: ReadonlyMap<EventType, readonly Fact[]>,
    dirty: DirtyEntities,
  ): Promise<void> {
    const ids = idsToLock(type, byType)
    if (ids.length > 0) await this.#find(client, type, ids, dirty)
  }

  async #upsert(client: PoolClient, type: EventType, facts: readonly Fact[]): Promise<readonly ExceptionalRow[]> {
    const { upsert } = this.#statementsOf(type)
    const { rows } = await run<ExceptionalRow>(client, upsert, encodeFacts(type, facts))
    return rows
  }

  async #countDuplicates(client: PoolClient, type: EventType, refused: readonly Fact[]): Promise<number> {
    if (refused.length === 0) return 0
    const { rows } = await run<{ duplicates: number }>(client, this.#statementsOf(type).duplicates, [
      textArray(refused.map((fact) => fact.id)),
      plainArray(refused.map((fact) => fact.version)),
      plainArray(refused.map((fact) => fact.hash)),
    ])
    return rows[0]?.duplicates ?? 0
  }

  /** Turns references into the entities they lead to. What leads nowhere yet stays in `dirty.references`. */
  async #resolve(client: PoolClient, dirty: DirtyEntities): Promise<void> {
    for (const type of dirty.references.keys()) {
      const unknown = dirty.unknown(type)
      if (unknown.length > 0) await this.#find(client, type, unknown, dirty)
      dirty.follow(type)
    }
  }

  async #find(client: PoolClient, type: EventType, ids: readonly string[], dirty: DirtyEntities): Promise<void> {
    const { rows } = await run<{ id: string; entity: string | null }>(client, this.#statementsOf(type).find, [
      textArray(ids),
    ])
    for (const { id, entity } of rows) dirty.know(type, id, entity)
  }

  /** Rows computed by the clock, while the data told no time yet, are as of an instant that may lie far ahead of the data: all are due. */
  async #followData(client: PoolClient, facts: readonly Fact[]): Promise<void> {
    const times = earliestOfEachDay(facts)
    if (times.length === 0) return
    const { rows } = await run<{ is_first: boolean }>(client, advanceAsOf, [plainArray(times.map(formatInstant))])
    if (rows[0]?.is_first === true) await markEveryEntity(client, this.#set)
  }

  #statementsOf(type: EventType): TypeStatements {
    return this.#statements.get(type) as TypeStatements
  }
}

/** The fence: gives the shards that are not held any more. Also notes how far the batch takes the others. */
async function holdBatchShards(client: PoolClient, shards: readonly ShardPosition[]): Promise<readonly number[]> {
  if (shards.length === 0) return []
  const { rows } = await run<{ shard: number }>(client, holdShards, [
    plainArray(shards.map(({ shard }) => shard)),
    plainArray(shards.map(({ token }) => token)),
    plainArray(shards.map(({ milliseconds }) => milliseconds)),
    plainArray(shards.map(({ sequence }) => sequence)),
    LEASE_MS,
  ])
  const held = new Set(rows.map((row) => row.shard))
  return shards.flatMap(({ shard }) => (held.has(shard) ? [] : [shard]))
}

interface WriteCounts {
  persisted: number
  duplicate: number
  stale: number
  readonly applied: Fact[]
}

function formerPlace({ old_entity = null, old_reference = null }: ExceptionalRow): FormerPlace {
  return { entity: old_entity, reference: old_reference }
}

function earliestOfEachDay(facts: readonly Fact[]): readonly Instant[] {
  const earliest = new Map<Instant, Instant>()
  for (const { at } of facts) {
    if (at === null) continue
    const day = floorUtcDay(at)
    earliest.set(day, Math.min(at, earliest.get(day) ?? at))
  }
  return [...earliest.values()]
}

async function writeUnresolved(client: PoolClient, dirty: DirtyEntities): Promise<void> {
  const unresolved = [...dirty.references].flatMap(([type, references]) =>
    [...references.keys()].map((id) => [type.name, id] as const),
  )
  if (unresolved.length === 0) return
  await run(client, rememberUnresolved, [
    textArray(unresolved.map(([type]) => type)),
    textArray(unresolved.map(([, id]) => id)),
  ])
}

async function writeMarks(client: PoolClient, dirty: DirtyEntities, traced: Batch['traced'] & {}): Promise<void> {
  const { entities } = dirty
  if (entities.size === 0) return
  await run(client, markEntities, [
    textArray([...entities.keys()]),
    textArray([...entities.values()].map(formatInstant)),
    plainArray(tracesOfMarks(dirty, traced)),
  ])
}

/** Nothing at all where no event is traced: the statement fills in nulls. */
function tracesOfMarks(dirty: DirtyEntities, traced: Batch['traced'] & {}): readonly (string | null)[] {
  const traceparent = traced.length === 0 ? undefined : currentTraceparent()
  if (traceparent === undefined) return []
  const entities = new Set(traced.flatMap((event) => dirty.entitiesOf(event)))
  return [...dirty.entities.keys()].map((entity) => (entities.has(entity) ? traceparent : null))
}

async function writeDeadLetters(client: PoolClient, letters: readonly DeadLetter[]): Promise<void> {
  if (letters.length === 0) return
  await run(client, storeDeadLetters, [
    textArray(letters.map((letter) => letter.stream)),
    textArray(letters.map((letter) => letter.entryId)),
    textArray(letters.map((letter) => (letter.eventType === null ? null : storable(letter.eventType)))),
    textArray(letters.map((letter) => letter.rejection.reason)),
    textArray(letters.map((letter) => JSON.stringify(letter.rejection.details.map(storable)))),
    textArray(letters.map((letter) => `\\x${letter.raw.toString('hex')}`)),
    plainArray(letters.map((letter) => letter.attempts)),
  ])
}

/** The database stores neither NUL nor half surrogate pairs in text; the raw entry keeps them. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\uFFFD')
}

async function writePositions(client: PoolClient, { consumer, positions }: Batch): Promise<void> {
  if (positions.length === 0) return
  await run(client, advancePositions, [
    consumer,
    textArray(positions.map((position) => position.stream)),
    plainArray(positions.map((position) => position.milliseconds)),
    plainArray(positions.map((position) => position.sequence)),
  ])
}

async function writeQuality(client: PoolClient, applied: readonly Fact[]): Promise<void> {
  const counts = new Map<string, { type: string; rule: string; count: number }>()
  for (const { type, warnings } of applied) {
    for (const rule of warnings) {
      const key = `${type.name} ${rule}`
      const known = counts.get(key)
      if (known === undefined) counts.set(key, { type: type.name, rule, count: 1 })
      else known.count += 1
    }
  }
  if (counts.size === 0) return
  const rows = [...counts.values()]
  await run(client, countQuality, [
    textArray(rows.map((row) => row.type)),
    textArray(rows.map((row) => row.rule)),
    textArray(rows.map(() => 'warning')),
    plainArray(rows.map((row) => row.count)),
  ])
}
