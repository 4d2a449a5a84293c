import { describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { Laptop } from '../support/laptop.ts'
import { PipelineOnServers } from '../support/pipeline-on-servers.ts'
import { redisGrants } from '../support/redis-grants.ts'
import { runProgram } from '../support/run-program.ts'
import { shopManifest, shopPipeline } from '../support/shop-manifest.ts'
import { expectedRows, type Order, order, orders } from '../support/shop-orders.ts'
import { TlsRedis } from '../support/tls-redis.ts'
import { WorkerProcess } from '../support/worker-process.ts'

/** More than a node of a stream holds, in each shard: whole nodes are trimmed. */
const ORDERS = 400

const BAD: Order = { ...order(ORDERS), id: 'dear', data: { ...order(ORDERS).data, cents: -1 } }

/** What a lone surrogate turns into; the worker reads such an entry once more, byte by byte. */
const ODD = { ...order(ORDERS + 1), data: { ...order(ORDERS + 1).data, note: '\uFFFD' } }

const SECRET = 's3cret-and-wrong'

describe.concurrent('Redis', { timeout: 120_000 }, () => {
  test.each([
    ['plain streams, and a composite', undefined, redisGrants('plain', 'composite'), {}],
    ['a sharded source', { prefix: 'shop', shards: 2 }, redisGrants('plain', 'sharded'), undefined],
  ])(
    'over TLS grants workers, producers and mp what the page lists, and all of it works: %s',
    async (_of, sharded, grants, composite) => {
      const source = { composite, ...(sharded === undefined ? {} : { sharded }) }
      await using redis = await TlsRedis.start()
      await using shops = await PipelineOnServers.open(shopPipeline(source), { redisUrl: redis.adminUrl })
      for (const grant of grants) await shops.redis.call('ACL', ...grant)
      const worker = { redisUrl: redis.urlOf('metrics', 'secret'), environment: redis.environment }
      await using first = await WorkerProcess.start('first', shops, worker)
      await first.reads()
      await using laptop = await Laptop.open({ DATABASE_URL: shops.databaseUrl, ...redis.environment })
      await laptop.write('shops.yaml', shopManifest(source))
      const as = (url: string, ...args: string[]) =>
        laptop.mp([...args, '-f', 'shops.yaml'], { input: lines(source), environment: { REDIS_URL: url } })

      expect(await as(redis.urlOf('shop', 'other'), 'publish')).toMatchObject({ code: 0 })
      await using second = await WorkerProcess.start('second', shops, worker)
      await second.reads()
      await shops.caughtUp()
      expect(await first.stop()).toBe(0)
      expect(await as(worker.redisUrl, 'status')).toMatchObject({
        code: 0,
        out: expect.stringMatching(/^shop:\S+ +\d/m),
      })
      expect(await as(worker.redisUrl, 'replay', '1')).toMatchObject({ code: 0, out: 'replayed 1 dead letter\n' })
      expect(await as(worker.redisUrl, 'backfill')).toMatchObject({ code: 0 })
      await eventually(async () => expect(await shops.letters()).toHaveLength(2))
      await shops.caughtUp()
      if (sharded !== undefined)
        await eventually(async () => expect(await shops.redis.xlen('shop:{0}')).toBeLessThan(ORDERS / 4))

      expect(await shops.rows()).toMatchObject(expectedRows([...orders(0, ORDERS), ODD]))
      if (composite !== undefined) await eventually(async () => expect(await shops.count('mp_composite')).toBe(1))
      expect(await shops.redis.exists(`${(await shops.letters())[0]?.stream}:dead_letter`)).toBe(1)
      expect(await shops.redis.call('ACL', 'LOG'), 'what was refused').toEqual([])
      expect(await second.stop()).toBe(0)
    },
  )

  test.each<[sentence: string, url: (redis: TlsRedis) => string, trusts: boolean, reason: RegExp]>([
    ['a wrong password', (redis) => redis.urlOf('default', SECRET), true, /WRONGPASS/],
    [
      'a certificate that nobody vouches for',
      (redis) => redis.urlOf('default', SECRET),
      false,
      /self-signed certificate/,
    ],
  ])('that is reached with %s is told in one line, without the secret', async (_sentence, urlOf, trusts, reason) => {
    await using redis = await TlsRedis.start()
    await using shops = await PipelineOnServers.open(shopPipeline(), { redisUrl: redis.adminUrl })
    const { pipeline, databaseUrl } = shops
    const environment = { CONSUMER_NAME: 'worker-0', LOG_LEVEL: 'debug', ...(trusts ? redis.environment : {}) }
    const { code, out, err } = await runProgram(
      'worker/main.ts',
      { pipeline, databaseUrl, redisUrl: urlOf(redis) },
      [],
      environment,
    )
    expect(code).toBe(1)
    expect(err).toMatch(/^no Redis answers at rediss:\/\/default@127\.0\.0\.1:\d+\/0: \S.*\n$/)
    expect(err).toMatch(reason)
    expect(out + err).not.toContain(SECRET)
  })
})

/** A sharded source has its own places for events. */
function lines({ sharded }: { readonly sharded?: object }): string {
  return [...orders(0, ORDERS), BAD, ODD]
    .map(({ stream, ...event }) => JSON.stringify(sharded === undefined ? { stream, ...event } : event))
    .join('\n')
}
