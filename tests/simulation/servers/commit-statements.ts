import type { DeadLetter, ShardPosition } from '../../../adapters/postgres/fact-store.ts'
import type { Fact } from '../../../core/events/parse-event.ts'
import { compareVersions } from '../../../core/events/reduce-facts.ts'
import { LEASE_MS } from '../../../core/fleet/lease.ts'
import type { FormerPlace } from '../../../core/marks/dirty-entities.ts'
import type { EventType } from '../../../core/metric-sets/metric-set.ts'
import { compareEntryIds } from '../../../core/stream/entry-id.ts'
import { floorUtcDay, type Instant, MICROS_PER_DAY } from '../../../core/time/instant.ts'
import type { Database, Mark } from './database.ts'
import type { Row } from './row.ts'
import type { Session } from './session.ts'

// The statements of a batch's commit. Each takes the locks of the real one in its order, row by row.

/** hold-shards.sql. Gives the shards that are held. */
export function* holdShards(database: Database, session: Session, shards: readonly ShardPosition[]) {
  const { world } = database
  const held: number[] = []
  for (const position of [...shards].sort((a, b) => a.shard - b.shard)) {
    const row = database.shards[position.shard] as Row<NonNullable<Database['shards'][number]['committed']>>
    const isMine = () => String(row.seenBy(session)?.token) === position.token || world.mutation === 'no-fence'
    if (!isMine()) continue // not in the statement's snapshot
    while (!session.lock(row)) yield
    const seen = row.seenBy(session)
    if (seen === undefined || !isMine()) continue
    const id = `${position.milliseconds}-${position.sequence}`
    row.write({
      ...seen,
      expiresAt: world.now + LEASE_MS,
      position: compareEntryIds(id, seen.position) > 0 ? id : seen.position,
    })
    held.push(position.shard)
  }
  return held
}

/** What an upsert tells of a fact: whether it was stored, and where it stood before. */
export interface Upserted {
  readonly fact: Fact
  readonly isApplied: boolean
  readonly former: FormerPlace | undefined
}

/** The upsert of an event type. A row is locked whether its fact is replaced or not. */
export function* upsertFacts(database: Database, session: Session, type: EventType, facts: readonly Fact[]) {
  const table = database.factsOf(type)
  const upserted: Upserted[] = []
  for (const fact of [...facts].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const row = table.row(fact.id)
    while (!session.lock(row)) yield
    const old = row.seenBy(session)
    const isApplied = old === undefined || compareVersions(fact, old) > 0
    const hasMoved = old !== undefined && (old.entity !== fact.entity || old.reference !== fact.reference)
    if (isApplied) row.write(fact)
    upserted.push({ fact, isApplied, former: isApplied && hasMoved ? old : undefined })
  }
  return upserted
}

/** The look-up of referenced facts, which locks them. Those that nobody has committed are not found. */
export function* findReferenced(database: Database, session: Session, type: EventType, ids: readonly string[]) {
  const table = database.factsOf(type)
  const found: { id: string; entity: string | null }[] = []
  for (const id of [...ids].sort()) {
    const row = table.row(id)
    if (row.seenBy(session) === undefined) continue
    while (database.world.mutation !== 'no-lock' && !session.lock(row)) yield
    found.push({ id, entity: row.seenBy(session)?.entity ?? null })
  }
  return found
}

/** advance-as-of.sql. Gives whether as-of advanced for the first time. */
export function* advanceAsOf(database: Database, session: Session, times: readonly Instant[]) {
  const row = database.asOf
  const past = times.filter((at) => at <= database.clock())
  if (past.length === 0) return false
  const asOf = floorUtcDay(Math.max(...past)) + MICROS_PER_DAY
  const isLater = () => (row.seenBy(session) ?? Number.NEGATIVE_INFINITY) < asOf
  if (!isLater()) return false
  while (!session.lock(row)) yield
  if (!isLater()) return false
  const isFirst = row.seenBy(session) === undefined
  row.write(asOf)
  return isFirst
}

/** remember-unresolved.sql. One that is known is locked all the same. */
export function* rememberUnresolved(
  database: Database,
  session: Session,
  references: ReadonlyMap<EventType, ReadonlyMap<string, unknown>>,
) {
  for (const [type, ids] of references)
    for (const id of [...ids.keys()].sort()) {
      const row = database.unresolved.row(`${type.name} ${id}`)
      while (!session.lock(row)) yield
      row.write({ type, id })
    }
}

/** mark-entities.sql. */
export function* markEntities(database: Database, session: Session, entities: Iterable<string>) {
  const beganAt = database.world.now
  for (const entity of [...entities].sort()) yield* mark(database, session, entity, beganAt)
}

/** Whoever has a row or a mark. */
export function* markEveryEntity(database: Database, session: Session) {
  const known = [...database.rows.committed(), ...database.marks.committed()].map(({ entity }) => entity)
  yield* markEntities(database, session, new Set(known))
}

/** A version is drawn before the lock is waited for. */
export function* mark(database: Database, session: Session, entity: string, at: number): Generator<undefined, void> {
  const row: Row<Mark> = database.marks.row(entity)
  const version = database.nextVersion()
  while (!session.lock(row)) yield
  const firstDirtyAt = row.seenBy(session)?.firstDirtyAt ?? at
  row.write({ entity, version, firstDirtyAt, lastDirtyAt: at })
}

/** store-dead-letters.sql. */
export function* storeDeadLetters(database: Database, session: Session, letters: readonly DeadLetter[]) {
  for (const { stream, entryId, rejection } of letters) {
    const entry = `${stream} ${entryId}`
    const row = database.deadLetters.row(entry)
    while (!session.lock(row)) yield
    row.write({ entry, reason: rejection.reason })
  }
}
