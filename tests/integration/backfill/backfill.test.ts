import { expect, test } from 'vitest'
import { createLogger } from '../../../adapters/telemetry/create-logger.ts'
import { type BackfillOptions, backfill } from '../../../worker/backfill.ts'
import { eventually } from '../../support/eventually.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { ORDERS, shopPipeline } from '../../support/shop-manifest.ts'
import { expectedRows, orders } from '../../support/shop-orders.ts'

const NEVER = new AbortController().signal

const run = (shops: PipelineOnServers, options: Partial<BackfillOptions> = {}, stop = NEVER) =>
  backfill(
    {
      pipeline: shops.pipeline,
      databaseUrl: shops.databaseUrl,
      redisUrl: shops.redisUrl,
      streams: shops.pipeline.settings.streams,
      fromMs: undefined,
      toMs: undefined,
      markAll: false,
      dryRun: false,
      log: createLogger('silent', 'backfill'),
      onProgress: () => undefined,
      ...options,
    },
    stop,
  )

test('facts that were lost come back from the streams, and a second time nothing happens', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  await shops.publish(orders(0, 450))
  await shops.add(ORDERS, ['data', 'no JSON'])
  await shops.startWorker()
  await shops.caughtUp()
  await shops.db.query("delete from fact_order where id like '%7'")
  expect(await run(shops)).toMatchObject({
    read: 451,
    persisted: 45,
    duplicate: 405,
    deadLettered: 1,
    interrupted: false,
  })
  await shops.caughtUp()
  expect(await shops.rows()).toMatchObject(expectedRows(orders(0, 450)))
  expect(await shops.parity()).toMatchObject({ mismatches: 0, missing: 0 })
  expect(await run(shops)).toMatchObject({ read: 451, persisted: 0, duplicate: 450 })
  expect(await shops.count('mp_dead_letter')).toBe(1)
  const { rows } = await shops.db.query('select distinct consumer from mp_position')
  expect(rows).toEqual([{ consumer: 'worker-0' }]) // positions are the workers' alone
})

test('only entries of a range of time are read, both ends included', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  for (const n of [1, 2, 3, 4]) {
    const { id, time, data } = orders(n, n + 1)[0]!
    await shops.redis.xadd(
      ORDERS,
      `${n}000-5`,
      'id',
      id as string,
      'type',
      'order',
      'time',
      time as string,
      'data',
      JSON.stringify(data),
    )
  }
  expect(await run(shops, { fromMs: 2_000, toMs: 3_000 })).toMatchObject({ read: 2, persisted: 2 })
  expect(await run(shops, { fromMs: 4_000 })).toMatchObject({ read: 1, persisted: 1 })
  expect(await run(shops, { toMs: 999 })).toMatchObject({ read: 0 })
})

test('a dry run writes nothing, and marking all computes every row anew', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  await shops.publish(orders(0, 60))
  expect(await run(shops, { dryRun: true })).toMatchObject({ read: 60, persisted: 0 })
  expect(await shops.count('fact_order')).toBe(0)
  await shops.startWorker()
  await shops.caughtUp()
  const before = (await shops.rows()).map(({ evaluation }) => evaluation)
  await run(shops, { streams: [], markAll: true })
  await eventually(async () => {
    const after = (await shops.rows()).map(({ evaluation }) => evaluation)
    expect(after.every((evaluation, i) => evaluation !== before[i])).toBe(true)
  })
})

test('beside running workers it changes no number, and closes the faults of the streams it has read', async () => {
  const sharded = { prefix: 'shop', shards: 2 }
  await using shops = await PipelineOnServers.open(shopPipeline({ sharded }))
  await shops.publish(orders(0, 2_000).map(({ stream: _, ...event }) => event))
  await shops.db.query(
    "insert into mp_stream_fault (stream, kind, detail) select unnest(array['shop:{0}', 'shop:{1}']), 'group-recreated', ''",
  )
  await shops.startWorker()
  expect((await run(shops, { fromMs: 1 })).faultsHealed).toBe(0) // of a part nobody knows whether it is what was lost
  const first = await run(shops, { streams: ['shop:{0}'] })
  expect(first.faultsHealed).toBe(1)
  await shops.caughtUp()
  expect(await shops.rows()).toMatchObject(expectedRows(orders(0, 2_000)))
  expect(await shops.parity()).toMatchObject({ mismatches: 0, missing: 0 })
  expect((await run(shops)).faultsHealed).toBe(1)
})

test('when it is told to stop it says so, and closes no fault', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  await shops.publish(orders(0, 500))
  await shops.db.query(`insert into mp_stream_fault (stream, kind, detail) values ('${ORDERS}', 'group-recreated', '')`)
  const stop = new AbortController()
  const summary = await run(shops, { onProgress: () => stop.abort() }, stop.signal)
  expect(summary).toMatchObject({ read: 100, persisted: 100, faultsHealed: 0, interrupted: true })
})
