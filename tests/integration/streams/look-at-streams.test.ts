import fc from 'fast-check'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { lookAtStreams } from '../../../adapters/redis/look-at-streams.ts'
import { sourceSignals } from '../../../core/signals/source-signals.ts'
import { compareEntryIds } from '../../../core/stream/entry-id.ts'
import { runs } from '../../support/property-runs.ts'
import { type FreshRedis, freshRedis } from '../../support/servers.ts'

// What the server itself reports as lag is often wrong once entries were deleted. What is said here may be unknown; it is never zero by mistake.

const [STREAM, GROUP] = ['orders', 'readers']

let server: FreshRedis
let redis: Redis

beforeAll(async () => {
  server = await freshRedis()
  redis = new Redis(server.url)
})

afterAll(async () => {
  redis?.disconnect()
  await server?.release()
})

/** Where an index points, among so many. */
const at = fc.double({ min: 0, max: 0.999, noNaN: true })

type Step = readonly [what: 'add' | 'read' | 'acknowledge' | 'delete' | 'trim' | 'set-id', where: number]

const steps = fc.array(
  fc.tuple(
    fc.constantFrom<Step[0][]>('add', 'add', 'add', 'read', 'read', 'acknowledge', 'delete', 'trim', 'set-id'),
    at,
  ),
  { minLength: 1, maxLength: 25 },
)

/** A stream and its group, kept by hand. */
class Model {
  ids: string[] = []
  pending: string[] = []
  delivered = '0-0'
  wasMeddledWith = false

  async take([what, where]: Step): Promise<void> {
    const pick = (list: readonly string[]) => list[Math.floor(where * list.length)]
    const id = pick(what === 'acknowledge' ? this.pending : this.ids)
    if (what === 'add') this.ids.push((await redis.xadd(STREAM, '*', 'a', 'b')) as string)
    if (what === 'read') await this.#read()
    if (id === undefined) return
    this.wasMeddledWith ||= ['delete', 'trim', 'set-id'].includes(what)
    if (what === 'acknowledge') await this.#acknowledge(id)
    if (what === 'delete') await this.#delete(id)
    if (what === 'trim') await this.#trim(id)
    if (what === 'set-id') await this.#setId(id)
  }

  get undelivered(): readonly string[] {
    return this.ids.filter((id) => compareEntryIds(id, this.delivered) > 0)
  }

  async #read(): Promise<void> {
    const [first] = this.undelivered
    if (first === undefined) return
    await redis.xreadgroup('GROUP', GROUP, 'somebody', 'COUNT', 1, 'STREAMS', STREAM, '>')
    this.delivered = first
    if (!this.pending.includes(first)) this.pending.push(first)
  }

  async #acknowledge(id: string): Promise<void> {
    await redis.xack(STREAM, GROUP, id)
    this.pending = this.pending.filter((each) => each !== id)
  }

  async #delete(id: string): Promise<void> {
    await redis.xdel(STREAM, id)
    this.ids = this.ids.filter((each) => each !== id)
  }

  async #trim(id: string): Promise<void> {
    await redis.xtrim(STREAM, 'MINID', id)
    this.ids = this.ids.filter((each) => compareEntryIds(each, id) >= 0)
  }

  async #setId(id: string): Promise<void> {
    await redis.xgroup('SETID', STREAM, GROUP, id)
    this.delivered = id
  }
}

test('after any history: pending entries and the oldest are exact, and so is the backlog unless somebody meddled with the stream', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      await redis.flushdb()
      await redis.xgroup('CREATE', STREAM, GROUP, '0', 'MKSTREAM')
      const model = new Model()
      for (const step of history) await model.take(step)
      const { backlog, pending, oldestEventAgeMs, streams } = sourceSignals(
        await lookAtStreams(redis, GROUP, [STREAM]),
        'Earliest',
      )
      const waiting = model.undelivered.length + model.pending.length
      expect(pending).toBe(model.pending.length)
      expect(streams).toMatchObject([{ length: model.ids.length, state: 'ok' }])
      expect(oldestEventAgeMs === null).toBe(waiting === 0)
      expect(backlog === 0, 'zero is never a guess').toBe(waiting === 0)
      if (!model.wasMeddledWith) expect(backlog).toBe(waiting)
    }),
    runs(150),
  )
})
