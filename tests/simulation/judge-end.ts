import type { EntityRow } from '../../core/metrics/evaluate-entity.ts'
import type { Plan } from './plan.ts'
import type { Published } from './publishing.ts'
import type { Database } from './servers/database.ts'
import { expectedRow, type Truth, truthOf } from './shops/expected-row.ts'
import { WINDOWS } from './shops/shop-set.ts'
import type { World } from './world/world.ts'

/** Once all is at rest: facts, rows, dead letters and positions are what the published events make them, and nothing else. */
export function judgeEnd(world: World, plan: Plan, database: Database, published: readonly Published[]): void {
  const truth = truthOf(published)
  judgeFacts(world, database, published)
  judgeRows(world, plan, database, truth)
  judgeDeadLetters(world, database, published)
  if (plan.isSharded) judgePositions(world, plan, database, published)
}

function judgeFacts(world: World, database: Database, published: readonly Published[]): void {
  for (const { event } of published) {
    if (event.kind === 'broken') continue
    const type = database.set.events.find(({ name }) => name === event.kind)
    const stored = type && database.factsOf(type).row(event.id).committed
    if (stored === undefined) world.fail(`${event.kind} ${event.id} was published and is not stored`)
    else if (stored.version < event.version)
      world.fail(`${event.kind} ${event.id} is stored as version ${stored.version}, and ${event.version} was published`)
  }
}

function judgeRows(world: World, { alignment, shops }: Plan, database: Database, truth: Truth): void {
  for (const shop of shops) {
    const stored = database.rows.row(shop).committed
    if (stored === undefined) {
      for (const order of truth.orders.values()) if (order.shop === shop) return world.fail(`shop ${shop} has no row`)
      continue
    }
    const expected = expectedRow(truth, shop, stored.asOf, WINDOWS, alignment)
    const actual = textOf(stored.row)
    if (actual !== expected) world.fail(`the row of shop ${shop} is ${actual}; it should be ${expected}`)
  }
}

function textOf({ facts, nextChange, windows }: EntityRow): string {
  const perWindow = windows.map(({ accumulators, metrics }) => [...accumulators, ...metrics].join(' '))
  return [facts, nextChange, ...perWindow].join(' | ')
}

function judgeDeadLetters(world: World, database: Database, published: readonly Published[]): void {
  const wanted = new Set(
    published.flatMap(({ stream, id, event }) => (event.kind === 'broken' ? `${stream} ${id}` : [])),
  )
  for (const { entry, reason } of database.deadLetters.committed())
    if (!wanted.delete(entry)) world.fail(`${entry} became a dead letter (${reason}), and nothing is wrong with it`)
  for (const entry of wanted) world.fail(`${entry} cannot be read, and is no dead letter`)
}

function judgePositions(world: World, { streams }: Plan, database: Database, published: readonly Published[]): void {
  const last = new Map(published.map(({ stream, id }) => [stream, id]))
  for (const [shard, { committed }] of database.shards.entries()) {
    const expected = last.get(streams[shard] as string) ?? '0-0'
    if (committed?.position !== expected)
      world.fail(`shard ${shard} stands at ${committed?.position}, and its last entry is ${expected}`)
  }
}
