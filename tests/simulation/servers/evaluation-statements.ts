import type { Debounce } from '../../../adapters/postgres/evaluator.ts'
import type { Slice } from '../../../adapters/postgres/member-store.ts'
import type { EventType } from '../../../core/metric-sets/metric-set.ts'
import { evaluateEntity } from '../../../core/metrics/evaluate-entity.ts'
import { fnv1a } from '../../../core/shards/shard-of.ts'
import type { Instant } from '../../../core/time/instant.ts'
import { asEntityFact } from '../../support/live-facts.ts'
import { mark } from './commit-statements.ts'
import type { Database, Mark, StoredRow } from './database.ts'
import type { Row } from './row.ts'
import type { Session } from './session.ts'
import { type Source, sourcesOf } from './sources.ts'

// The statements of an evaluation, and of turning references into marks.

/** An entity to evaluate, and the version of its mark; undefined where it had none. */
export interface Taken {
  readonly entity: string
  readonly version: number | undefined
}

/** take-due-marks.sql. Locks nothing. */
export function takeDueMarks({ world, marks }: Database, { quietMs, maxWaitMs }: Debounce, { slice, slices }: Slice) {
  return (): readonly Taken[] =>
    [...marks.committed()]
      .filter(
        ({ entity, firstDirtyAt, lastDirtyAt }) =>
          firstDirtyAt <= world.now - quietMs &&
          (lastDirtyAt <= world.now - quietMs || firstDirtyAt <= world.now - maxWaitMs) &&
          (slices === 1 || fnv1a(entity) % slices === slice),
      )
      .sort((a, b) => a.firstDirtyAt - b.firstDirtyAt)
}

/** take-marks-of.sql. */
export function takeMarksOf({ marks }: Database, entities: readonly string[]) {
  return (): readonly Taken[] => [...marks.committed()].filter(({ entity }) => entities.includes(entity))
}

/** Rows whose next change has come, as far as nobody has them locked. */
export function takeNextChanges(database: Database, session: Session) {
  return (): readonly Taken[] => {
    const due: Taken[] = []
    for (const row of database.rows.all()) {
      if (row.committed === undefined || row.owner !== undefined || !isDue(database, row.committed)) continue
      session.lock(row)
      due.push({ entity: row.key, version: undefined })
    }
    return due
  }
}

export function isDue(database: Database, { asOf, row: { nextChange } }: StoredRow): boolean {
  if (database.set.asOf === 'EventTime') return asOf < (database.asOf.committed ?? Number.NEGATIVE_INFINITY)
  return nextChange !== null && nextChange <= database.clock()
}

export interface Drawn {
  readonly evaluation: number
  readonly asOf: Instant
  readonly drawnAt: number
}

/** draw-evaluation.sql. */
export function drawEvaluation(database: Database) {
  return (): Drawn => ({
    evaluation: database.nextEvaluation(),
    asOf: database.asOf.committed ?? database.clock(),
    drawnAt: database.world.now,
  })
}

/**
 * Computes rows from one snapshot of the facts, then stores those that have a lower number, then deletes marks at the versions that were
 * taken. A mark that is being changed is waited for, and looked at again as it is then.
 */
export function* evaluate(
  database: Database,
  session: Session,
  taken: readonly Taken[],
  { evaluation, asOf, drawnAt }: Drawn,
) {
  const inOrder = [...taken].sort((a, b) => (a.entity < b.entity ? -1 : 1))
  const sources = sourcesOf(database, (row) => row.seenBy(session))
  const computed = inOrder.map(({ entity }) =>
    computeRow(database, entity, sources.get(entity) ?? [], evaluation, asOf),
  )
  const isTaken = ({ version }: Taken, found: Mark | undefined) => {
    if (found === undefined || version === undefined) return false
    if (database.world.mutation === 'any-mark') return true
    if (database.world.mutation === 'timestamps') return found.lastDirtyAt <= drawnAt
    return found.version === version
  }
  const marks: [Taken, Row<Mark>][] = []
  for (const each of inOrder) {
    const row = database.marks.row(each.entity)
    if (isTaken(each, row.seenBy(session))) marks.push([each, row])
  }
  yield // all that it reads it has read; others go on while it computes

  for (const [i, { entity }] of inOrder.entries()) {
    const row = database.rows.row(entity)
    while (!session.lock(row)) yield
    const old = row.seenBy(session)
    if (old === undefined || old.evaluation < evaluation || database.world.mutation === 'any-row')
      row.write(computed[i])
  }
  for (const [each, row] of marks) {
    while (!session.lock(row)) yield
    if (isTaken(each, row.seenBy(session))) row.write(undefined)
  }
}

function computeRow(
  { set }: Database,
  entity: string,
  sources: readonly Source[],
  evaluation: number,
  asOf: Instant,
): StoredRow {
  const facts = sources.map(({ fact, owner }) => asEntityFact(fact, owner))
  return { entity, evaluation, asOf, sources, row: evaluateEntity(set, facts, asOf) }
}

/** Marks the entities behind references whose fact has come, and forgets these. Passes over those that somebody has locked. */
export function* resolveReferences(database: Database, session: Session, type: EventType) {
  const beganAt = database.world.now
  const facts = database.factsOf(type)
  const found: { readonly entity: string; readonly row: Row<unknown> }[] = []
  for (const row of database.unresolved.all()) {
    if (row.committed === undefined || row.committed.type !== type || row.owner !== undefined) continue
    const entity = facts.row(row.committed.id).committed?.entity
    if (typeof entity !== 'string') continue
    session.lock(row)
    found.push({ entity, row })
  }
  for (const entity of [...new Set(found.map((each) => each.entity))].sort())
    yield* mark(database, session, entity, beganAt)
  for (const { row } of found) row.write(undefined)
}
