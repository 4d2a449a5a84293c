import { stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Laptop, type RunningCommand } from '../support/laptop.ts'
import { type ListedProcess, stillRunning } from '../support/process-list.ts'

/** Ninety days of history come first. */
const HISTORY = { withinMs: 150_000 }

let laptop: Laptop

beforeAll(async () => {
  laptop = await Laptop.open()
})

afterAll(() => laptop?.[Symbol.asyncDispose]())

/** What runs while a demonstration does. */
interface Seen {
  readonly processes: readonly ListedProcess[]
  readonly ports: readonly number[]
}

async function seen(demo: RunningCommand, pipeline: string): Promise<Seen> {
  await demo.saying(/, 1 worker/)
  const { databaseUrl, redisUrl, workers } = await laptop.stateOf(pipeline)
  const ports = [...[databaseUrl, redisUrl].map((url) => Number(new URL(url).port)), ...workers.map(({ port }) => port)]
  expect(await Promise.all(ports.map(listens))).toEqual([true, true, true])
  const processes = await demo.descendants()
  expect(processes.map(({ command }) => command).join('\n')).toMatch(/postgres -D.*redis-server.*worker\/main\.ts/s)
  return { processes, ports }
}

async function expectGone({ processes, ports }: Seen): Promise<void> {
  expect(await stillRunning(processes)).toEqual([])
  expect(await Promise.all(ports.map(listens))).toEqual([false, false, false])
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => socket.end(() => resolve(true))).on('error', () => resolve(false))
  })
}

/** When the database was made. */
const madeAt = async () => (await stat(join(laptop.folder, '.mp/demo/postgres/data/PG_VERSION'))).mtimeMs

let firstMadeAt: number

/** At midnight, and at the hour of the daily aggregation, these tell what they did, as they should. */
const SCHEDULED = /^\S+-(?:day-roll|aggregation)\S* \| .*\n/gm

test('the real flights: plain lines, no mismatch, where to look next, and nothing is left running', {
  timeout: HISTORY.withinMs,
}, async () => {
  const demo = laptop.start(['demo', '--seconds', '3'], { environment: { EXAMPLE: 'airport-departures', DEMO: '' } })
  const running = await seen(demo, 'airport-departures')
  const { code, out, err } = await demo.ended
  expect({ code, err: err.replace(SCHEDULED, '') }).toEqual({ code: 0, err: '' })
  expect(out).not.toMatch(/[^\P{Cc}\n]/u)
  expect(out).toMatch(
    /^history: 20,000 real departures .*, [\d,]+ published, [\d,]+ events\/s, backlog [\d,]+, dirty [\d,]+, \d workers?/m,
  )
  expect(out).toMatch(/^waiting until every row is up to date, 20,000 published, .*backlog 0, dirty 0, 1 worker/m)
  expect(out).toMatch(/^Parity: 220 live rows compared, 0 mismatches, 0 missing, 0 overdue$/m)
  expect(out).toMatch(/^220 live rows compared with a recomputation from the facts: 0 mismatches$/m)
  expect(out).toMatch(/^Where to look next:\n {2}examples\/airport-departures\.yaml {3}/m)
  expect(out).toMatch(/stopping: workers drain, servers end\n$/)
  await expectGone(running)
  firstMadeAt = await madeAt()
})

test('tutors, live: begins anew on the same servers, proves every row, stays up until SIGINT and ends in good order', {
  timeout: 2 * HISTORY.withinMs,
}, async () => {
  const demo = laptop.start(['demo', '--seconds', '2'], { environment: { EXAMPLE: 'tutor-performance', DEMO: 'live' } })
  const running = await seen(demo, 'tutor-performance')
  await demo.saying(
    /\nstaying up; Ctrl-C stops everything\n(?:.*\n)*live, .*, freshness p50 .* p99 .*, \d workers?/,
    HISTORY,
  )
  demo.kill('SIGINT')
  const { code, out, err } = await demo.ended
  expect({ code, err: err.replace(SCHEDULED, '') }).toEqual({ code: 0, err: '' })
  expect(out).toMatch(/^history: 300 tutors over 90 days, [\d,]+ published/m)
  expect(out).toMatch(/^Parity: 300 live rows compared, 0 mismatches, 0 missing, 0 overdue$/m)
  expect(out).toMatch(/^300 live rows compared with a recomputation from the facts: 0 mismatches$/m)
  expect(out).toMatch(/stopping: workers drain, servers end\n$/)
  await expectGone(running)
  expect(await madeAt()).toBe(firstMadeAt)
})

test('an example that there is not is wrong usage', async () => {
  expect(await laptop.mp(['demo', '--example', 'none'])).toEqual({
    code: 2,
    out: '',
    err: 'there is no example none; see examples/\n',
  })
})
