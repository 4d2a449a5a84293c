import type { Fact } from '../../../core/events/parse-event.ts'
import { idsToLock, reduceFacts } from '../../../core/events/reduce-facts.ts'
import type { HeldShard } from '../../../core/fleet/fleet-state.ts'
import { DirtyEntities } from '../../../core/marks/dirty-entities.ts'
import type { EventType } from '../../../core/metric-sets/metric-set.ts'
import { type CommitOfEntries, partOvertaken } from '../../../core/stream/judge-commits.ts'
import { backoffMs } from '../../../core/time/backoff.ts'
import { type PreparedBatch, prepareBatch } from '../../../worker/prepare-batch.ts'
import {
  advanceAsOf,
  findReferenced,
  holdShards,
  markEntities,
  markEveryEntity,
  rememberUnresolved,
  storeDeadLetters,
  upsertFacts,
} from '../servers/commit-statements.ts'
import type { Session } from '../servers/session.ts'
import { Trouble } from '../servers/trouble.ts'
import type { Routine } from '../world/fiber.ts'
import { wait } from '../world/pause.ts'
import { named } from './named-entries.ts'
import type { SimulatedWorker } from './simulated-worker.ts'

export interface SimulatedCommit extends CommitOfEntries {
  readonly entities: readonly string[]
  readonly shards: readonly HeldShard[]
}

type Outcome = { readonly entities: readonly string[] } | { readonly fenced: readonly number[] }

/** What `BatchCommitter` and `FactStore` do, statement by statement. */
export class SimulatedCommitter {
  readonly #worker: SimulatedWorker

  constructor(worker: SimulatedWorker) {
    this.#worker = worker
  }

  *commit(prepared: PreparedBatch): Routine<readonly SimulatedCommit[]> {
    const { stopping, world } = this.#worker
    const { entries, batch } = prepared
    const shards = batch.shards ?? []
    for (let attempt = 1; ; attempt += 1) {
      try {
        const outcome = yield* this.#store(prepared)
        if ('fenced' in outcome) return yield* this.#leaveOut(outcome.fenced, prepared)
        return [{ kind: 'committed', entries, entities: outcome.entities, shards }]
      } catch (error) {
        if (!(error instanceof Trouble)) throw error
        if (world.isTraced) this.#worker.note(`cannot commit ${named(entries)}: ${error.message}`)
        if (stopping.isAborted && error.kind !== 'retry') return [{ kind: 'abandoned', entries, entities: [], shards }]
        const bounds = error.kind === 'retry' ? { firstMs: 5, maxMs: 500 } : {}
        yield* wait(backoffMs(attempt, world.random.fraction(), bounds), stopping)
      }
    }
  }

  *#leaveOut(shards: readonly number[], prepared: PreparedBatch): Routine<readonly SimulatedCommit[]> {
    this.#worker.note(`is fenced from ${shards.join(' ')}`)
    this.#worker.keeper?.lose(shards)
    const lost = new Set(
      prepared.batch.shards?.filter(({ shard }) => shards.includes(shard)).map(({ stream }) => stream),
    )
    const { entries, rest } = partOvertaken(prepared.entries, lost)
    const fenced: SimulatedCommit = { kind: 'fenced', entries, entities: [], shards: [] }
    return rest.length === 0 ? [fenced] : [fenced, ...(yield* this.commit(prepareBatch(rest, this.#worker.context())))]
  }

  *#store({ entries, batch }: PreparedBatch): Routine<Outcome> {
    const { servers, world } = this.#worker
    const { database } = servers
    const shards = batch.shards ?? []
    const session = this.#worker.openSession()
    const dirty = new DirtyEntities()
    const [held] = yield* session.run(holdShards(database, session, shards))
    yield* this.#writeFacts(session, batch.facts, dirty)
    const fenced = shards.flatMap(({ shard }) => (held.includes(shard) ? [] : [shard]))
    if (fenced.length > 0) {
      yield* session.run(session.rollback())
      return { fenced }
    }
    yield* this.#resolve(session, dirty)
    if (database.set.asOf === 'EventTime') yield* this.#followData(session, batch.facts)
    session.whenCommitted(() => this.#tellCommitted(entries, shards))
    yield* session.run(
      rememberUnresolved(database, session, world.mutation === 'unresolved' ? new Map() : dirty.references),
      markEntities(database, session, dirty.entities.keys()),
      storeDeadLetters(database, session, batch.deadLetters),
      session.commit(),
    )
    return { entities: [...dirty.entities.keys()] }
  }

  *#writeFacts(session: Session, facts: readonly Fact[], dirty: DirtyEntities): Routine {
    const { servers, world } = this.#worker
    const { database } = servers
    const { byType } = reduceFacts(facts)
    for (const type of database.set.events) {
      const ids = type.referenced ? idsToLock(type, byType) : []
      if (ids.length > 0) yield* this.#find(session, type, ids, dirty)
      const ofType = byType.get(type)
      if (ofType === undefined) continue
      const [upserted] = yield* session.run(upsertFacts(database, session, type, ofType))
      for (const { fact, isApplied } of upserted) if (isApplied) dirty.addFact(fact)
      if (world.mutation !== 'former-place')
        for (const { fact, former } of upserted) if (former !== undefined) dirty.addMoved(fact, former)
    }
  }

  *#resolve(session: Session, dirty: DirtyEntities): Routine {
    for (const type of dirty.references.keys()) {
      const unknown = dirty.unknown(type)
      if (unknown.length > 0) yield* this.#find(session, type, unknown, dirty)
      dirty.follow(type)
    }
  }

  *#find(session: Session, type: EventType, ids: readonly string[], dirty: DirtyEntities): Routine {
    const [found] = yield* session.run(findReferenced(this.#worker.servers.database, session, type, ids))
    for (const { id, entity } of found) dirty.know(type, id, entity)
  }

  *#followData(session: Session, facts: readonly Fact[]): Routine {
    const { database } = this.#worker.servers
    const times = facts.flatMap(({ at }) => at ?? [])
    if (times.length === 0) return
    const [isFirst] = yield* session.run(advanceAsOf(database, session, times))
    if (isFirst) yield* session.run(markEveryEntity(database, session))
  }

  #tellCommitted(entries: PreparedBatch['entries'], shards: readonly HeldShard[]): void {
    const { life, servers, world } = this.#worker
    if (world.isTraced) this.#worker.note(`commits ${named(entries)}`)
    const { database } = servers
    database.judge.checkParity(database)
    database.judge.committed({
      life,
      entries,
      shards: shards.map((held) => ({
        ...held,
        inForce: String(database.shards[held.shard]?.committed?.token),
      })),
    })
  }
}
