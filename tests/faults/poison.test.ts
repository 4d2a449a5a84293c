import { describe, expect, test } from 'vitest'
import { encodeEvent } from '../../adapters/redis/event-producer.ts'
import { eventually } from '../support/eventually.ts'
import { expectInvariants } from '../support/expect-invariants.ts'
import { orders } from '../support/shop-orders.ts'
import { WorkerFleet } from '../support/worker-fleet.ts'

// Entries that nothing good can come of. In the table of docs/delivery-guarantees.md: 19.

const PRELOAD = new URL('../support/preloads/dies-of-deadly-text.ts', import.meta.url).href

/** As often as an entry is tried that ends its process, and some more. */
const MOST_STARTS = 16

const STREAM = 'shop:{0}'

const placedAt = new Date().toISOString()
const DATA = { shop: 'shop-99', placedAt, cents: 700 }

const json = (change: object) => ['data', JSON.stringify({ ...DATA, ...change })]

const withNumber = (name: string, number: string) => [
  'data',
  `{${JSON.stringify(DATA).slice(1, -1)},"${name}":${number}}`,
]

/** What is in the entry beside its id and type, and why it is set aside. */
const POISON: readonly [fields: readonly string[], reason: string][] = [
  [['data', '{"shop":'], 'invalid-json'],
  [withNumber('points', 'NaN'), 'invalid-json'],
  [json({ note: 'x'.repeat(10_000_000) }), 'invalid-envelope'],
  [json({ shop: 'a\0b' }), 'invalid-field'],
  [json({ shop: '' }), 'invalid-field'],
  [withNumber('points', '9223372036854775808'), 'invalid-field'],
  [json({ street: 'deadly' }), 'kills-the-worker'],
]

describe.concurrent('entries that nothing good can come of', { timeout: 180_000 }, () => {
  test('are set aside once each, also the one that ends every process that reads it, and their neighbours count', async () => {
    await using fleet = await WorkerFleet.open()
    const good = orders(0, 20 * POISON.length)
    for (const [i, [fields]] of POISON.entries()) {
      const neighbours = good.slice(20 * i, 20 * (i + 1)).map(encodeEvent)
      const bad = ['id', `bad-${i}`, 'type', 'order', 'time', placedAt, ...fields]
      for (const entry of [...neighbours.slice(0, 10), bad, ...neighbours.slice(10)])
        await fleet.shops.redis.xadd(STREAM, '*', ...entry)
    }
    await restartUntilDone(fleet)
    const letters = await fleet.shops.letters()
    expect(letters.map(({ reason }) => reason).sort()).toEqual(POISON.map(([, reason]) => reason).sort())
    await expectInvariants(fleet, { published: good, deadLetters: POISON.length })
  })
})

/** Starts the worker again whenever it dies, as whoever runs it does, until everything is done with. */
async function restartUntilDone(fleet: WorkerFleet): Promise<void> {
  for (let start = 0; start < MOST_STARTS; start += 1) {
    const worker = await fleet.launch('worker-0', { environment: { NODE_OPTIONS: `--import=${PRELOAD}` } })
    await eventually(async () => {
      if (!worker.running) return
      expect(await fleet.shops.count('mp_dead_letter')).toBe(POISON.length)
      expect(await fleet.pending()).toBe(0)
    })
    if (worker.running) return
    await worker.died()
  }
  throw new Error('the worker died again and again')
}
