import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { createPostgresPool, type Pool } from '../../../adapters/postgres/postgres-pool.ts'
import { readDatabaseSignals } from '../../../adapters/postgres/read-signals.ts'
import { senderOf } from '../../../adapters/redis/command-sender.ts'
import { lookAtStreams } from '../../../adapters/redis/look-at-streams.ts'
import { docBlocks } from '../../support/doc-blocks.ts'
import { ExporterProcess } from '../../support/exporter-process.ts'
import { OwnServer } from '../../support/own-server.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { redisGrants } from '../../support/redis-grants.ts'
import { ORDERS, shopPipeline } from '../../support/shop-manifest.ts'
import { orders } from '../../support/shop-orders.ts'

// The exporter does with what the page grants, and no grant is there for nothing.

const PAGE = 'docs/how-to/connections-and-roles.md'

const as = (url: string, username: string, password: string) => Object.assign(new URL(url), { username, password }).href

/** What the page grants to a role that watches, on this pipeline's schema and tables. */
function databaseGrants(): readonly string[] {
  return grantsFrom('create role metrics_exporter')
}

/** And what else, where event types refer to others. */
const [OF_FACTS = ''] = grantsFrom('grant select (id, entity)')

function grantsFrom(start: string): readonly string[] {
  const block = docBlocks(PAGE).find(({ text }) => text.startsWith(start))
  if (block === undefined) throw new Error(`${PAGE} grants nothing to an exporter`)
  const text = block.text
    .replaceAll('punctuality.airline_metrics', 'public.shop_metrics')
    .replaceAll('punctuality.fact_flight', 'public.fact_order')
    .replaceAll('punctuality', 'public')
  return text.trimEnd().split('\n')
}

function exporterPool({ databaseUrl }: PipelineOnServers): Pool {
  return createPostgresPool({
    url: as(databaseUrl, 'metrics_exporter', 'four'),
    schema: 'public',
    applicationName: 'test',
    maxConnections: 1,
    onError: () => undefined,
  })
}

test('of the database: the role of the page sees everything, and without one of its rights it is refused', async () => {
  await using postgres = await OwnServer.postgres()
  await using shops = await PipelineOnServers.open(shopPipeline(), { databaseUrl: postgres.url })
  const [create, schema, ...grants] = databaseGrants() as [string, string, ...string[]]
  await shops.db.query([create, schema, ...grants].join('\n'))
  const pool = exporterPool(shops)
  const look = (asOf: 'Clock' | 'EventTime') =>
    readDatabaseSignals(pool, { ...shops.pipeline.metricSet, asOf }, { countEntities: true })
  const both = () => Promise.all([look('Clock'), look('EventTime')])
  try {
    expect(await both()).toMatchObject([{ migrated: true, entities: 0, overdueNextChanges: 0 }, { migrated: true }])
    for (const grant of grants) {
      await shops.db.query(grant.replace('grant', 'revoke').replace(' to ', ' from '))
      await expect(both(), grant).rejects.toMatchObject({ code: '42501' })
      await shops.db.query(grant)
    }
    await expect(pool.query('select raw from mp_dead_letter')).rejects.toMatchObject({ code: '42501' })
    await expect(pool.query('delete from mp_mark')).rejects.toMatchObject({ code: '42501' })
  } finally {
    await pool.end()
  }
})

const REFUND = {
  references: { order: 'orderId' },
  entity: 'order.shop',
  at: 'order.placedAt',
  fields: { orderId: { type: 'string' } },
}

test('of the database, where events refer to others: without the right to see these, every reference may be one whose fact has come', async () => {
  await using postgres = await OwnServer.postgres()
  await using shops = await PipelineOnServers.open(shopPipeline({ events: { refund: REFUND } }), {
    databaseUrl: postgres.url,
  })
  await shops.db.query(databaseGrants().join('\n'))
  await shops.db.query(`
    insert into mp_unresolved_reference (type, reference) values ('order', 'order-1'), ('order', 'order-2');
    insert into fact_order (id, version, hash, deleted, entity, at, cents) values ('order-1', 1, 1, false, 'shop-1', now(), 1)`)
  const pool = exporterPool(shops)
  const resolvable = async () =>
    (await readDatabaseSignals(pool, shops.pipeline.metricSet, { countEntities: true })).resolvableReferences
  try {
    expect(await resolvable()).toBe(2)
    await shops.db.query(OF_FACTS)
    expect(await resolvable()).toBe(1)
    await expect(pool.query('select cents from fact_order')).rejects.toMatchObject({ code: '42501' })
  } finally {
    await pool.end()
  }
})

test('of Redis: the user of the page sees everything, and without one of its rights it is refused', async () => {
  await using redis = await OwnServer.redis()
  await using shops = await PipelineOnServers.open(shopPipeline(), { redisUrl: redis.url })
  const grants = redisGrants('plain').filter(([, user]) => user === 'watch')
  for (const grant of grants) await shops.redis.call('ACL', ...grant)
  await shops.publish(orders(0, 10))
  await shops.redis.xgroup('CREATE', ORDERS, 'shops', '0')
  await shops.redis.xreadgroup('GROUP', 'shops', 'somebody', 'COUNT', 3, 'STREAMS', ORDERS, '>')
  const client = new Redis(as(redis.url, 'watch', 'third'), { disableClientInfo: true })
  const look = () => lookAtStreams(senderOf(client), 'shops', shops.pipeline.settings.streams, { counting: 'all' })
  try {
    expect(await look()).toMatchObject([{ seen: { length: 10, group: { pending: 3, lag: 7 } } }, { seen: undefined }])
    expect(await shops.redis.call('ACL', 'LOG')).toEqual([])
    const rights = grants.flatMap((grant) => grant.filter((each) => each.startsWith('+') && each !== '+info'))
    expect(rights.length).toBeGreaterThan(4)
    for (const right of rights) {
      await shops.redis.call('ACL', 'SETUSER', 'watch', right.replace('+', '-'))
      await expect(look(), right).rejects.toThrow(/permission|can't run this command/)
      await shops.redis.call('ACL', 'SETUSER', 'watch', right)
    }
    await expect(client.xdel(ORDERS, '1-1')).rejects.toThrow('NOPERM')
  } finally {
    client.disconnect()
  }
})

test('passwords are told nowhere, right or wrong', async () => {
  await using postgres = await OwnServer.postgres()
  await using redis = await OwnServer.redis()
  await using shops = await PipelineOnServers.open(shopPipeline(), { databaseUrl: postgres.url, redisUrl: redis.url })
  await using exporter = await ExporterProcess.start()
  await exporter.add(shops)
  await exporter.sees('shops', { source: { backlog: 0 }, database: { migrated: true } })
  const wrong = 'g3heim-and-wr0ng'
  const others = { ...shops.pipeline.pipeline, metadata: { name: 'others' } }
  await exporter.add(
    { pipeline: { ...shops.pipeline, pipeline: others } },
    { databaseUrl: as(shops.databaseUrl, 'postgres', wrong), redisUrl: as(shops.redisUrl, 'default', wrong) },
  )
  await exporter.sees('others', {
    source: { unreachable: expect.stringContaining('WRONGPASS') },
    database: { unreachable: expect.stringContaining('password authentication failed') },
  })
  const samples = await exporter.samples()
  for (const part of ['source', 'database'])
    expect(
      samples.get(`mp_exporter_failed_looks_total{part="${part}",pipeline="others",reason="refused"}`),
    ).toBeGreaterThan(0)
  const told = [exporter.log, (await exporter.get('/signals')).text, (await exporter.get('/metrics')).text].join('\n')
  for (const secret of [wrong, new URL(shops.databaseUrl).password, new URL(shops.redisUrl).password]) {
    expect(secret.length).toBeGreaterThan(10)
    expect(told).not.toContain(secret)
  }
})
