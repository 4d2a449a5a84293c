import { expect, test } from 'vitest'
import { Evaluator } from '../../../adapters/postgres/evaluator.ts'
import { type Batch, FactStore } from '../../../adapters/postgres/fact-store.ts'
import { createPostgresPool } from '../../../adapters/postgres/postgres-pool.ts'
import { createEventParser, type Fact } from '../../../core/events/parse-event.ts'
import type { MetricSet } from '../../../core/metric-sets/metric-set.ts'
import { eventually } from '../../support/eventually.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'

// References that lead nowhere yet, while their fact arrives in another worker at the same moment.

const STREAM = 'shop:orders'

const AT_ONCE = { quietMs: 0, maxWaitMs: 0 }

const NEVER = new AbortController().signal

const review = {
  entity: 'order.shop',
  at: 'order.placedAt',
  references: { order: 'order' },
  fields: { order: { type: 'string' } },
}

test('two facts wait for one reference, which comes while the second is about to be committed', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline({ events: { review } }))
  const set = shops.pipeline.metricSet
  const pool = createPostgresPool({
    url: shops.databaseUrl,
    schema: 'public',
    applicationName: 'test',
    maxConnections: 4,
    onError: () => undefined,
  })
  const store = new FactStore(pool, set, 1)
  const evaluator = new Evaluator(pool, set, 1)

  await store.commit(batchOf('first', [reviewOf(set, 'r1')]))
  const other = await shops.db.connect()
  await other.query('begin')
  await other.query("insert into mp_position (stream, consumer, entry_ms, entry_seq) values ($1, 'second', 0, 0)", [
    STREAM,
  ])
  const second = store.commit(batchOf('second', [reviewOf(set, 'r2')])) // waits for its position, the last thing it writes
  await eventually(async () => {
    const { rowCount } = await shops.db.query(
      "select from pg_stat_activity where application_name = 'test' and wait_event_type = 'Lock'",
    )
    expect(rowCount).toBe(1)
  })
  await store.commit(batchOf('third', [orderOf(set)]))
  await evaluator.resolveReferences(NEVER)
  await evaluator.evaluateDue(AT_ONCE, 100)
  expect(await shops.rows()).toMatchObject([{ entity: 'shop-1', facts: '2' }])

  await other.query('rollback')
  other.release()
  await second
  await evaluator.resolveReferences(NEVER)
  await evaluator.evaluateDue(AT_ONCE, 100)
  expect(await shops.rows()).toMatchObject([{ entity: 'shop-1', facts: '3' }])
  expect(await shops.parity()).toMatchObject({ compared: 1, mismatches: 0 })
  await pool.end()
})

function batchOf(consumer: string, facts: readonly Fact[]): Batch {
  return {
    consumer,
    facts,
    marks: [],
    deadLetters: [],
    positions: [{ stream: STREAM, milliseconds: '1', sequence: '0' }],
  }
}

function orderOf(set: MetricSet): Fact {
  return factOf(set, 'order', 'o1', {
    shop: 'shop-1',
    placedAt: new Date(Date.now() - 86_400_000).toISOString(),
    cents: 5,
  })
}

function reviewOf(set: MetricSet, id: string): Fact {
  return factOf(set, 'review', id, { order: 'o1' })
}

function factOf(set: MetricSet, type: string, id: string, data: Readonly<Record<string, unknown>>): Fact {
  const publishedAt = Date.now() * 1_000
  const outcome = createEventParser(set)({ type, id, publishedAt, tombstone: false, data, textual: false })
  if (outcome.kind !== 'fact') throw new Error(`no fact: ${JSON.stringify(outcome)}`)
  return outcome.fact
}
