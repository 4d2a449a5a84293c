import { afterAll, beforeAll, expect, test } from 'vitest'
import { DatabaseObserver } from '../../../exporter/database-observer.ts'
import { eventually } from '../../support/eventually.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'
import { orders } from '../../support/shop-orders.ts'

// To count entities takes a look at every row, which a large table or a loaded database may not allow within a look's time.

let shops: PipelineOnServers
let now: number

beforeAll(async () => {
  shops = await PipelineOnServers.open(shopPipeline())
  const worker = await shops.startWorker()
  await shops.publish(orders(0, 100))
  await shops.caughtUp()
  await worker.stop()
})

afterAll(() => shops?.[Symbol.asyncDispose]())

function observe(): DatabaseObserver {
  now = 0
  return new DatabaseObserver(
    shops.pipeline,
    () => shops.databaseUrl,
    () => now,
  )
}

/** From here on whoever wants to know how many facts a row has waits for longer than the observer does. */
async function slowDown(): Promise<void> {
  await shops.db.query(`
    create function slowly(n bigint) returns bigint stable language plpgsql as 'begin perform pg_sleep(60); return n; end';
    alter table shop_metrics rename to shop_metrics_at_once;
    create view shop_metrics as select slowly(facts) as facts, next_change_at from shop_metrics_at_once`)
}

async function speedUp(): Promise<void> {
  await shops.db.query(`
    drop view shop_metrics;
    alter table shop_metrics_at_once rename to shop_metrics;
    drop function slowly`)
}

const COUNTS =
  "from pg_stat_activity where application_name = 'metrics-pipeline exporter' and datname = current_database() and wait_event = 'PgSleep'"

const countIsUnderWay = () =>
  eventually(async () => expect((await shops.db.query(`select ${COUNTS}`)).rowCount).toBe(1))

async function endCount(): Promise<void> {
  await shops.db.query(`select pg_cancel_backend(pid) ${COUNTS}`)
  await eventually(async () => expect((await shops.db.query(`select ${COUNTS}`)).rowCount).toBe(0))
}

test('a count that takes long delays no look, and its failure leaves nothing unseen but the number', async () => {
  await slowDown()
  const observer = observe()
  try {
    expect(await observer.look()).toMatchObject({ migrated: true, entities: null, overdueNextChanges: 0 })
    await countIsUnderWay()
    expect(await observer.look()).toMatchObject({ migrated: true, entities: null })
    await countIsUnderWay()
    await endCount()
    expect(await observer.look()).toMatchObject({ migrated: true, entities: null })
  } finally {
    await speedUp()
    await observer.close()
  }
})

test('a count that fails leaves the one before, and is tried again a minute later', async () => {
  const observer = observe()
  const sees = (entities: number) =>
    eventually(async () => expect(await observer.look()).toMatchObject({ migrated: true, entities }))
  try {
    await sees(20)
    await slowDown()
    now = 60_000
    await sees(20)
    await countIsUnderWay()
    await endCount()
    await speedUp()
    await shops.db.query("update shop_metrics set facts = 0 where entity = 'shop-03'")
    now = 119_999
    for (let look = 0; look < 5; look++) expect(await observer.look()).toMatchObject({ entities: 20 })
    now = 120_000
    await sees(19)
  } finally {
    await observer.close()
  }
})
