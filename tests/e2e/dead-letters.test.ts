import { afterAll, beforeAll, expect, test } from 'vitest'
import { Laptop } from '../support/laptop.ts'
import { PipelineOnServers } from '../support/pipeline-on-servers.ts'
import { Program } from '../support/run-program.ts'
import { MIXED, ORDERS, shopManifest, shopPipeline } from '../support/shop-manifest.ts'
import { expectedRows, order, orders } from '../support/shop-orders.ts'

let shops: PipelineOnServers
let laptop: Laptop
let worker: Program

beforeAll(async () => {
  shops = await PipelineOnServers.open(shopPipeline())
  laptop = await Laptop.open({ DATABASE_URL: shops.databaseUrl, REDIS_URL: shops.redisUrl })
  await laptop.write('shops.yaml', shopManifest())
  worker = await Program.start('worker/main.ts', shops, [], { CONSUMER_NAME: 'worker-0' })
  await shops.publish(orders(0, 100))
  await shops.publish([{ ...order(100), id: 'dear', data: { ...order(100).data, cents: -1 } }])
  await shops.caughtUp()
  await shops.publish([
    { ...order(101), stream: MIXED, type: 'return' },
    { ...order(102), stream: MIXED, type: 'return' },
  ])
  await shops.caughtUp()
})

afterAll(async () => {
  await worker?.[Symbol.asyncDispose]()
  await laptop?.[Symbol.asyncDispose]()
  await shops?.[Symbol.asyncDispose]()
})

const letters = (name: string, ...args: string[]) => laptop.mp(['dead-letters', name, '-f', 'shops.yaml', ...args])

const listed = async (...args: string[]) =>
  JSON.parse((await letters('list', '-o', 'json', ...args)).out) as { readonly id: string; readonly reason: string }[]

test('list tells which entries were set aside, where, and why', async () => {
  const { code, out } = await letters('list')
  expect(code).toBe(0)
  const lines = out.trimEnd().split('\n')
  expect(lines).toHaveLength(4)
  expect(lines[0]).toMatch(/^ID +SET ASIDE +STREAM +ENTRY +TYPE +REASON +DETAIL$/)
  expect(lines[1]).toMatch(
    /^1 +\S+Z +shop:orders +\d+-\d+ +order +invalid-field +cents must lie between 0 and 100000000, is -1$/,
  )
  expect(lines[2]).toMatch(/^2 +\S+Z +shop:mixed +\d+-\d+ +return +unknown-event-type +"return" is no event type/)
})

test('list picks by reason and stream, and no more than asked for', async () => {
  expect((await listed('--reason', 'unknown-event-type')).map(({ id }) => id)).toEqual(['2', '3'])
  expect((await listed('--stream', ORDERS)).map(({ id }) => id)).toEqual(['1'])
  expect((await listed('--limit', '1')).map(({ id }) => id)).toEqual(['1'])
  expect(await letters('list', '--reason', 'too-old')).toMatchObject({ code: 0, out: 'no dead letters\n' })
})

test('show gives the whole entry', async () => {
  const { code, out } = await letters('show', '1')
  expect(code).toBe(0)
  const letter = JSON.parse(out) as { readonly fields: readonly string[] }
  expect(letter).toMatchObject({ id: '1', stream: ORDERS, eventType: 'order', reason: 'invalid-field', attempts: 1 })
  expect(letter.fields).toEqual(
    expect.arrayContaining(['id', 'dear', 'data', JSON.stringify({ ...order(100).data, cents: -1 })]),
  )
})

test('replay publishes an entry once, however often it is asked for; what is still wrong becomes a new dead letter', async () => {
  const before = await shops.rows()
  expect(await letters('replay', '1')).toEqual({ code: 0, out: 'replayed 1 dead letter\n', err: '' })
  await shops.caughtUp()
  const again = await letters('replay', '1')
  expect(again).toMatchObject({ code: 0, out: 'replayed 0 dead letters\n' })
  expect(again.err).toMatch(/^1 was replayed at \S+Z already\n$/)
  await shops.caughtUp()
  expect((await listed()).map(({ id }) => id)).toEqual(['2', '3', '4'])
  expect((await listed('--replayed')).map(({ id, reason }) => [id, reason])).toContainEqual(['1', 'invalid-field'])
  expect(await shops.rows()).toEqual(before)
})

test('replayed after the pipeline was mended, entries count as if they had never failed, and once', async () => {
  const mended = shopPipeline({
    events: {
      return: { entity: 'shop', at: 'placedAt', fields: { shop: { type: 'string' }, placedAt: { type: 'timestamp' } } },
    },
  })
  await worker[Symbol.asyncDispose]()
  await using next = await PipelineOnServers.open(mended, shops)
  await using _worker = await Program.start('worker/main.ts', next, [], { CONSUMER_NAME: 'worker-0' })
  expect(await letters('replay', '--reason', 'unknown-event-type')).toMatchObject({ out: 'replayed 2 dead letters\n' })
  expect(await letters('replay', '--reason', 'unknown-event-type')).toMatchObject({ out: 'replayed 0 dead letters\n' })
  await next.caughtUp()
  expect(await next.count('fact_return')).toBe(2)
  expect((await listed()).map(({ id }) => id)).toEqual(['4'])
  expect(await next.rows()).toMatchObject(expectedRows(orders(0, 100)))
})

test.each<[sentence: string, args: readonly [string, ...string[]], code: number, message: RegExp]>([
  ['a letter that there is not', ['show', '99'], 1, /^no such dead letter: 99\n$/],
  ['one of several that there is not', ['replay', '1', '99'], 1, /no such dead letter: 99\n$/],
  ['nothing to replay', ['replay'], 2, /^name the ids to replay, or choose by --reason or --stream\n$/],
])('%s is told', async (_sentence, args, code, message) => {
  const ended = await letters(...args)
  expect(ended.code).toBe(code)
  expect(ended.err).toMatch(message)
})
