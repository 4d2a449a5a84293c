import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { loadPipeline } from '../../../adapters/manifest/load-pipeline.ts'
import { countOpenWork, isDone } from '../../../adapters/postgres/open-work.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'
import { order } from '../../support/shop-orders.ts'

const REFUND = {
  references: { order: 'orderId' },
  entity: 'order.shop',
  at: 'order.placedAt',
  fields: { orderId: { type: 'string' } },
}

let shops: PipelineOnServers

beforeAll(async () => {
  shops = await PipelineOnServers.open(shopPipeline({ events: { refund: REFUND } }))
  const worker = await shops.startWorker()
  await shops.publish([order(1)])
  await shops.caughtUp()
  await worker.stop()
})

afterAll(() => shops?.[Symbol.asyncDispose]())

beforeEach(() => shops.db.query('truncate mp_mark, mp_unresolved_reference'))

const unresolved = (id: string) => `insert into mp_unresolved_reference (type, reference) values ('order', '${id}')`

test.each<[sentence: string, change: string, kind: 'marks' | 'references' | 'rows' | undefined]>([
  ['nothing is open when every row follows its facts', 'select', undefined],
  [
    'an entity with a mark is',
    "insert into mp_mark (entity, version, first_dirty_at, last_dirty_at, published_at) values ('shop-01', 0, now(), now(), now())",
    'marks',
  ],
  ['a reference whose fact has come is', unresolved('order-1'), 'references'],
  ['a reference whose fact has not come is not', unresolved('order-2'), undefined],
  ['a row whose next change has come is', 'update shop_metrics set next_change_at = now()', 'rows'],
  [
    'a row whose next change lies ahead is not',
    "update shop_metrics set next_change_at = now() + interval '1 minute'",
    undefined,
  ],
])('%s', async (_sentence, change, kind) => {
  await shops.db.query(change)
  const work = await countOpenWork(shops.db, shops.pipeline.metricSet)
  expect(work).toEqual({ marks: 0, references: 0, rows: 0, ...(kind && { [kind]: 1 }) })
  expect(isDone(work)).toBe(kind === undefined)
})

test('where as-of follows the data, a row is open as soon as the data is past it', async () => {
  await using flights = await PipelineOnServers.open(await loadPipeline('examples/airport-departures.yaml'))
  const rows = async () => (await countOpenWork(flights.db, flights.pipeline.metricSet)).rows
  await flights.db.query(
    "insert into airport_metrics (entity, evaluation, as_of, revision, facts) values ('SFO', 1, '2001-04-01Z', 1, 0)",
  )
  await flights.db.query("update mp_as_of set as_of = '2001-04-01Z'")
  expect(await rows()).toBe(0)
  await flights.db.query("update mp_as_of set as_of = '2001-04-02Z'")
  expect(await rows()).toBe(1)
})
