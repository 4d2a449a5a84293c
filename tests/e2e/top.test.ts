import { resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { widthOf } from '../../core/top/fit-text.ts'
import type { TopFacts } from '../../core/top/top-facts.ts'
import { eventually } from '../support/eventually.ts'
import { Laptop, type RunningCommand } from '../support/laptop.ts'
import { PipelineOnServers } from '../support/pipeline-on-servers.ts'
import { PseudoTerminal, type TerminalSize } from '../support/pseudo-terminal.ts'
import { shopManifest, shopPipeline } from '../support/shop-manifest.ts'
import { orders } from '../support/shop-orders.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'

const SHARDED = { sharded: { prefix: 'shop', shards: 2 } }

let shops: PipelineOnServers
let redis: TcpProxy
let laptop: Laptop
let up: RunningCommand

beforeAll(async () => {
  shops = await PipelineOnServers.open(shopPipeline(SHARDED))
  redis = await TcpProxy.to(shops.redisUrl)
  laptop = await Laptop.open({ DATABASE_URL: shops.databaseUrl, REDIS_URL: redis.url })
  await laptop.write('shops.yaml', shopManifest(SHARDED))
  up = laptop.start(['up', '-f', 'shops.yaml', '--workers', '2'])
  await up.saying(/^shops is up/m)
  await eventually(async () => {
    const { rows } = await shops.db.query('select count(distinct owner)::int as owners from mp_shard')
    expect(rows).toEqual([{ owners: 2 }])
  })
})

afterAll(async () => {
  await laptop?.[Symbol.asyncDispose]()
  await redis?.[Symbol.asyncDispose]()
  await shops?.[Symbol.asyncDispose]()
})

const TOP = [process.execPath, resolve('cli/main.ts'), 'top', '-f', 'shops.yaml']

/** The command at a terminal of its own. */
function atTerminal(args: readonly string[], size: TerminalSize, environment: Record<string, string> = {}) {
  return programAtTerminal([...TOP, ...args], size, environment)
}

function programAtTerminal(
  command: readonly string[],
  size: TerminalSize,
  environment: Record<string, string> = {},
): PseudoTerminal {
  const { PATH = '', HOME = '' } = process.env
  return PseudoTerminal.open({
    command,
    folder: laptop.folder,
    environment: { PATH, HOME, TERM: 'xterm', DATABASE_URL: shops.databaseUrl, REDIS_URL: redis.url, ...environment },
    size,
  })
}

const ESCAPE = '\u001b\\['
const CONTROL = new RegExp(`${ESCAPE}[\\d;?]*[a-zA-Z]`, 'g')
const COLOUR = new RegExp(`${ESCAPE}[\\d;]*m`)
const ENTERED = '\u001b[?1049h'
const LEFT = '\u001b[?1049l'
const CURSOR_SHOWN = '\u001b[?25h'

/** What the last screen says, line by line, without colours. */
function lastScreen(output: string): readonly string[] {
  const drawn = output.split('\u001b[H\u001b[J').at(-1) ?? ''
  return drawn.split(LEFT)[0]!.replaceAll(CONTROL, '').split(/\r?\n/)
}

/** That go where the pipeline reads them. */
const ordersOfNow = (from: number, to: number) =>
  orders(from, to).map(({ type, id = '', data }) => ({ type, id, data }))

test('once: all that is known, with the work of each worker and its shards', async () => {
  const top = laptop.start(['top', '-f', 'shops.yaml', '--once', '--interval', '3s'])
  let published = 0
  while (top.running) {
    await shops.publish(ordersOfNow(published, published + 1)) // one by one: workers keep up with that anywhere
    published += 1
  }
  const { code, out, err } = await top.ended
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toMatch(/^shops {3}mp up in this folder {3}\d\d:\d\d:\d\dZ$/m)
  expect(out).toMatch(/^Throughput +[1-9][\d,.]* events\/s, /m)
  expect(out).toMatch(/^Backlog +(?:\D+ )?\d/m)
  expect(out).toMatch(/^Freshness +p50 [\d.]+ m?s, p99 [\d.]+ m?s in the last \d/m)
  expect(out).toMatch(/^Dead letters +0$/m)
  expect(out).toMatch(/^Workers +2 ready$/m)
  expect(out).toMatch(/^Scaling +Off, Fixed: /m)
  expect(out).toMatch(/^Aggregation +never$/m)
  expect(out).toMatch(/^WORKER +EVENTS\/S +SHARDS\nshops-worker-0 +[\d,.]+ +1\nshops-worker-1 +[\d,.]+ +1$/m)
  expect(out).toMatch(/^STREAM +BACKLOG +PENDING +OWNER\nshop:\{\d\} +[\d,]+ +[\d,]+ +shops-worker-\d$/m)
  expect(out).not.toMatch(/[^\P{Cc}\n]/u)
})

test('for programs: one object, in which what is unknown is null', async () => {
  await shops.caughtUp()
  const { code, out, err } = await laptop.mp(['top', '-f', 'shops.yaml', '--once', '--json', '--interval', '500ms'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const facts = JSON.parse(out) as TopFacts
  expect(facts).toMatchObject({
    pipeline: 'shops',
    workers: { ready: 2, wanted: 2 },
    composite: [],
    aggregation: 'never',
  })
  expect(facts.backlog).toMatchObject({ entries: 0, is: 'exact' })
})

test('elsewhere than at a terminal each look is one line', async () => {
  const top = laptop.start(['top', '-f', 'shops.yaml', '--interval', '500ms'])
  await top.saying(/(?:^\d{4}-\d\d-\d\dT[\d:]+Z, shops, \d.* events\/s, backlog \d+, dirty \d+, .*2 workers\n){2}/m)
  top.kill('SIGINT')
  const { code, out, err } = await top.ended
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).not.toMatch(/[^\P{Cc}\n]/u)
})

test('while Redis does not answer its numbers are unknown, and it says so', async () => {
  const top = laptop.start(['top', '-f', 'shops.yaml', '--interval', '500ms', '-o', 'json'])
  await top.saying(/"backlog":\{/)
  redis.cut()
  await top.saying(/"backlog":null.*"streams":null,.*"notes":\["the streams cannot be seen: /)
  redis.restore()
  await eventually(async () =>
    expect(JSON.parse((await top.saying(/.+\n/))[0])).toMatchObject({ backlog: { entries: 0 } }),
  )
  top.kill('SIGINT')
  expect(await top.ended).toMatchObject({ code: 0, err: '' })
})

test('at a terminal the screen is drawn anew, fits after it became smaller, and is given back on Ctrl-C', async () => {
  const top = atTerminal(['--interval', '500ms'], { columns: 100, rows: 30 })
  await top.saying(/WORKER +EVENTS\/S/)
  expect(top.output).toContain(ENTERED)
  expect(top.output).toContain('\u001b[1m') // titles are bold
  await top.resize({ columns: 40, rows: 12 })
  await eventually(() => {
    const lines = lastScreen(top.output)
    expect(lines.length).toBeLessThan(12)
    expect(Math.max(...lines.map(widthOf))).toBeLessThan(40)
  })
  top.type('\u0003')
  const { code } = await top.ended
  expect(code).toBe(0)
  expect(top.output.lastIndexOf(LEFT)).toBeGreaterThan(top.output.lastIndexOf('\u001b[H'))
  expect(top.output.lastIndexOf(CURSOR_SHOWN)).toBeGreaterThan(top.output.lastIndexOf('\u001b[?25l'))
})

test('on Ctrl-Z the terminal is given back to the shell, and in the foreground again the screen is drawn at once', async () => {
  const session = 'set -m; "$@"; echo "the shell again"; read -r; fg'
  const shell = ['bash', '-c', session, 'bash', ...TOP, '--interval', '1h']
  const top = programAtTerminal(shell, { columns: 100, rows: 30 })
  await top.saying(/WORKER +EVENTS\/S/)
  top.type('\u001a')
  await top.saying(/the shell again/)
  const before = top.output
  expect(before.lastIndexOf(LEFT)).toBeGreaterThan(before.lastIndexOf(ENTERED))
  expect(before.lastIndexOf(CURSOR_SHOWN)).toBeGreaterThan(before.lastIndexOf('\u001b[?25l'))
  top.type('\n')
  await eventually(() => {
    const after = top.output.slice(before.length)
    expect(after).toContain(ENTERED)
    expect(after.split(ENTERED)[1]).toMatch(/WORKER +EVENTS\/S/)
  })
  top.type('\u0003')
  expect(await top.ended).toMatchObject({ code: 0 })
  expect(top.output.lastIndexOf(LEFT)).toBeGreaterThan(top.output.lastIndexOf('\u001b[H'))
})

test('NO_COLOR leaves the colours out', async () => {
  const top = atTerminal(['--interval', '500ms'], { columns: 100, rows: 30 }, { NO_COLOR: '1' })
  await top.saying(/WORKER +EVENTS\/S/)
  top.type('\u0003')
  await top.ended
  expect(top.output).toContain(ENTERED)
  expect(top.output).not.toMatch(COLOUR)
})

test('a terminal that draws nothing gets lines', async () => {
  const top = atTerminal(['--interval', '500ms'], { columns: 100, rows: 30 }, { TERM: 'dumb' })
  await top.saying(/shops, \d.* events\/s/)
  top.type('\u0003')
  await top.ended
  expect(top.output.replaceAll('^C', '')).not.toContain('\u001b')
})

test.each([
  ['no pipeline', ['top'], {}, 2, /^say which pipeline: its name in a cluster, or -f and its file\n$/],
  ['an interval that is none', ['top', '-f', 'shops.yaml', '-i', '1ms'], {}, 2, /write a duration from 500ms to 1h/],
  [
    'a pipeline of which nobody says where its servers are',
    ['top', '-f', 'others.yaml'],
    { DATABASE_URL: '', REDIS_URL: '' },
    2,
    /^REDIS_URL is not set, and no mp up for the pipeline others runs in this folder/,
  ],
])('%s is wrong usage', async (_what, args, environment, code, words) => {
  await laptop.write('others.yaml', shopManifest({ name: 'others' }))
  const ended = await laptop.mp(args, { environment })
  expect(ended).toMatchObject({ code, out: '' })
  expect(ended.err).toMatch(words)
})

test('without an mp up the servers alone are looked at', async () => {
  up.kill('SIGTERM')
  await up.ended
  const { code, out } = await laptop.mp(['top', '-f', 'shops.yaml', '--once', '-i', '1s'])
  expect(code).toBe(0)
  expect(out).toMatch(/^Freshness +unknown$/m)
  expect(out).toMatch(/^Workers +unknown$/m)
  expect(out).toMatch(/^no mp up for it runs in this folder: freshness is unknown$/m)
})
