import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { Laptop } from '../support/laptop.ts'
import { PipelineOnServers } from '../support/pipeline-on-servers.ts'
import { MIXED, ORDERS, shopManifest, shopPipeline } from '../support/shop-manifest.ts'
import { orders } from '../support/shop-orders.ts'

let shops: PipelineOnServers
let laptop: Laptop

beforeAll(async () => {
  shops = await PipelineOnServers.open(shopPipeline())
  laptop = await Laptop.open({ DATABASE_URL: shops.databaseUrl, REDIS_URL: shops.redisUrl })
  await laptop.write('shops.yaml', shopManifest())
})

afterAll(async () => {
  await laptop?.[Symbol.asyncDispose]()
  await shops?.[Symbol.asyncDispose]()
})

beforeEach(() => shops.redis.flushdb())

const LINES = orders(0, 2_500).map(({ type, id, time, data }) => JSON.stringify({ type, id, time, data }))

const publish = (...args: string[]) => ['publish', '-f', 'shops.yaml', ...args]

const idsIn = async (stream: string) =>
  (await shops.redis.xrange(stream, '-', '+')).map(([, fields]) => fields[fields.indexOf('id') + 1])

test('a file of JSON lines goes to the stream of their type, in its order', async () => {
  await laptop.write('orders.jsonl', `${LINES.join('\n')}\n`)
  expect(await laptop.mp(publish('orders.jsonl'))).toEqual({ code: 0, out: '', err: 'published 2500 events\n' })
  expect(await idsIn(ORDERS)).toEqual(LINES.map((_, n) => `order-${n}`))
})

test('standard input is read without a file, whatever ends its lines', async () => {
  const input = `\uFEFF${LINES.slice(0, 3).join('\r\n')}\n\n  \n${LINES[3]}`
  expect(await laptop.mp(publish(), { input })).toMatchObject({ code: 0, err: 'published 4 events\n' })
  expect(await laptop.mp(publish('-', '--stream', MIXED), { input })).toMatchObject({ code: 0 })
  expect([await idsIn(ORDERS), await idsIn(MIXED)]).toEqual(Array(2).fill(['order-0', 'order-1', 'order-2', 'order-3']))
})

test('what a slow writer has written is published while it still writes', async () => {
  const mp = spawn(process.execPath, [resolve('cli/main.ts'), ...publish()], {
    cwd: laptop.folder,
    env: { PATH: process.env['PATH'], REDIS_URL: shops.redisUrl },
  })
  const said = text(mp.stderr)
  mp.stdin.write(`${LINES[0]}\n${LINES[1]?.slice(0, 20)}`)
  await eventually(async () => expect(await idsIn(ORDERS)).toEqual(['order-0']))
  mp.stdin.end(`${LINES[1]?.slice(20)}\n`)
  await once(mp, 'close')
  expect({ code: mp.exitCode, said: await said }).toEqual({ code: 0, said: 'published 2 events\n' })
  expect(await idsIn(ORDERS)).toEqual(['order-0', 'order-1'])
})

test('--rate bounds the events a second', async () => {
  const startedAt = performance.now()
  expect(await laptop.mp(publish('--rate', '20'), { input: LINES.slice(0, 42).join('\n') })).toMatchObject({ code: 0 })
  expect(performance.now() - startedAt).toBeGreaterThan(1_900)
  expect(await idsIn(ORDERS)).toHaveLength(42)
})

test('lines that cannot be published are listed by number with what is wrong; the others are published', async () => {
  const input = [
    LINES[0],
    'no json',
    '[1]',
    '',
    '{"data":{}}',
    '{"type":"order","data":[]}',
    '{"type":"order","data":{},"id":9007199254740993}',
    '{"type":"order","data":{},"time":1}',
    '{"type":"order","data":{},"tombstone":"yes"}',
    '{"type":"order","data":{},"stream":"shop:order"}',
    '{"type":"visits","data":{}}',
    LINES[1],
  ].join('\n')
  const { code, out, err } = await laptop.mp(publish(), { input })
  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(err.split('\n')).toEqual([
    'published 2 events',
    expect.stringMatching(/^-:2: no JSON: /),
    '-:3: must be a JSON object',
    '-:5: type must be a text',
    '-:6: data must be an object',
    '-:7: id must be a text or a whole number',
    '-:8: time must be a text',
    '-:9: tombstone must be true or false',
    `-:10: the pipeline does not read the stream "shop:order"; it reads ${ORDERS}, ${MIXED}`,
    '-:11: no stream of the pipeline is that of visits; name one with --stream',
    '',
  ])
  expect(await idsIn(ORDERS)).toEqual(['order-0', 'order-1'])
})

test('of many bad lines the first ten are listed and the rest is counted', async () => {
  const { code, err } = await laptop.mp(publish(), { input: Array(25).fill('?').join('\n') })
  expect(code).toBe(1)
  expect(err.split('\n')).toHaveLength(13)
  expect(err).toMatch(/^published 0 events\n-:1: .*\n(?:.*\n)+-:10: .*\nand 15 more lines\n$/)
})

test.each<[sentence: string, args: readonly string[], message: RegExp]>([
  ['a file that there is not', publish('none.jsonl'), /^none\.jsonl: there is no such file\n$/],
  [
    'a stream that the pipeline does not read',
    publish('--stream', 'x'),
    /^--stream: the pipeline does not read the stream "x"; it reads /,
  ],
])('%s is wrong usage: exit code 2', async (_sentence, args, message) => {
  const { code, out, err } = await laptop.mp(args, { input: '' })
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toMatch(message)
})
