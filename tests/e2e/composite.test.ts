import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { Laptop } from '../support/laptop.ts'
import { type FreshDatabase, type FreshRedis, freshDatabase, freshRedis } from '../support/servers.ts'

// The example of a score as somebody runs it, from events to the score that a worker has calculated by itself.

const EXAMPLE = 'examples/assistant-tools.yaml'

/** The first score is there within a second of the start, the next one after the shortest interval at the earliest. */
const WITHIN_A_FEW = { withinMs: 60_000 }

let database: FreshDatabase
let redis: FreshRedis
let laptop: Laptop

beforeAll(async () => {
  database = await freshDatabase()
  redis = await freshRedis()
  laptop = await Laptop.open()
  const up = laptop.start(['up', '-f', EXAMPLE, '--workers', '1'], {
    environment: { DATABASE_URL: database.url, REDIS_URL: redis.url },
  })
  await up.saying(/^assistant-tools is up; Ctrl-C stops it$/m)
})

afterAll(async () => {
  await laptop?.[Symbol.asyncDispose]()
  await redis?.release()
  await database?.drop()
})

const shown = async () => (await laptop.mp(['composite', 'show', '-f', EXAMPLE])).out

const event = (type: string, id: string, data: object) => {
  const at = new Date().toISOString()
  return JSON.stringify({ type, id, time: at, data: { conversation: 'c1', endedAt: at, decidedAt: at, ...data } })
}

test('a worker says that there is nothing to score, before anything has happened', async () => {
  await eventually(
    async () => expect(await shown()).toMatch(/^pipeline +- +0 +- +- +- +\d+m?s +assistant-tools-worker-0$/m),
    WITHIN_A_FEW,
  )
})

test('and scores what happens, for all and for each client', async () => {
  await laptop.mp(['publish', '-f', EXAMPLE], {
    input: [
      event('conversation', 'c1', { client: 'terminal' }),
      ...Array.from({ length: 10 }, (_, i) => event('tool_call', `t${i}`, { tool: 'Edit', succeeded: i > 0 })),
      ...[true, false].map((accepted, i) => event('suggestion', `s${i}`, { accepted })),
    ].join('\n'),
  })
  await eventually(async () => {
    const out = await shown()
    expect(out).toMatch(/^pipeline +76\.00 +10 +0\.900000 +0\.100000 +0\.500000 +\d+m?s +assistant-tools-worker-0$/m)
    expect(out).toMatch(/^client=terminal +76\.00 +10 /m)
    expect(out).toMatch(/^client=editor +- +0 /m)
  }, WITHIN_A_FEW)
  expect((await laptop.mp(['status', '-f', EXAMPLE])).out).toMatch(
    /^Composite: +productivity 76\.00, \d+m?s old, of 10, by assistant-tools-worker-0$/m,
  )
})
