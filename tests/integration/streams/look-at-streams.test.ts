import fc from 'fast-check'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { senderOf } from '../../../adapters/redis/command-sender.ts'
import { lookAtStreams } from '../../../adapters/redis/look-at-streams.ts'
import type { SourceSignals } from '../../../core/signals/pipeline-signals.ts'
import { sourceSignals } from '../../../core/signals/source-signals.ts'
import type { GroupLook } from '../../../core/signals/stream-look.ts'
import { COUNTED_UP_TO, type Counting } from '../../../core/signals/undelivered.ts'
import { compareEntryIds } from '../../../core/stream/entry-id.ts'
import { OwnServer } from '../../support/own-server.ts'
import { runs } from '../../support/property-runs.ts'
import { type FreshRedis, freshRedis } from '../../support/servers.ts'

// What the server itself reports as lag is wrong or missing once entries were deleted or trimmed, or a group was set elsewhere. Whatever was done
// to a stream, what is said here is compared with what a consumer then gets.

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

type Command = readonly [name: string, ...rest: (string | number)[]]

const KINDS = [
  ...([
    'add',
    'add',
    'add',
    'add',
    'read',
    'read',
    'read',
    'acknowledge',
    'acknowledge',
    'delete',
    'delete-last',
  ] as const),
  ...(['trim-length', 'trim-id', 'claim', 'set-id', 'set-id-and-count', 'destroy', 'create', 'remove-stream'] as const),
]

interface Step {
  readonly kind: (typeof KINDS)[number]
  /** Where an id or a number is, between the smallest and the greatest. */
  readonly where: number
  readonly consumer: number
}

const step = fc.record({
  kind: fc.constantFrom(...KINDS),
  where: fc.double({ min: 0, max: 0.999, noNaN: true }),
  consumer: fc.nat({ max: 2 }),
})

/** The commands of a history, `most` entries added or read at once. Some fail, such as whatever needs a group that was destroyed. */
function commandsOf(steps: readonly Step[], most: number): readonly Command[] {
  let added = 0
  const idOf = (n: number) => `${Math.floor(n / 3)}-${n % 3}`
  const given = (where: number) => idOf(1 + Math.floor(where * added))
  const several = (where: number) => 1 + Math.floor(where * most)
  const commands = ({ kind, where, consumer }: Step): readonly Command[] => {
    switch (kind) {
      case 'add':
        return Array.from({ length: several(where) }, () => ['xadd', STREAM, idOf(++added), 'a', 'b'])
      case 'read':
        return [['xreadgroup', 'GROUP', GROUP, `c${consumer}`, 'COUNT', several(where), 'STREAMS', STREAM, '>']]
      case 'acknowledge':
        return [['xack', STREAM, GROUP, given(where)]]
      case 'delete':
        return [['xdel', STREAM, given(where)]]
      case 'delete-last':
        return [['xdel', STREAM, idOf(added)]]
      case 'trim-length':
        return [['xtrim', STREAM, 'MAXLEN', several(where)]]
      case 'trim-id':
        return [['xtrim', STREAM, 'MINID', given(where)]]
      case 'claim':
        return [['xclaim', STREAM, GROUP, `c${consumer}`, 0, given(where)]]
      case 'set-id':
        return [['xgroup', 'SETID', STREAM, GROUP, consumer === 0 ? '0' : consumer === 1 ? '$' : given(where)]]
      case 'set-id-and-count':
        return [
          ['xgroup', 'SETID', STREAM, GROUP, given(where), 'ENTRIESREAD', Math.floor(((consumer + 1) / 3) * added)],
        ]
      case 'destroy':
        return [['xgroup', 'DESTROY', STREAM, GROUP]]
      case 'create':
        return [['xgroup', 'CREATE', STREAM, GROUP, consumer === 0 ? '0' : given(where), 'MKSTREAM']]
      case 'remove-stream':
        return where < 0.2 ? [['del', STREAM]] : []
    }
  }
  return [['flushdb'], ['xgroup', 'CREATE', STREAM, GROUP, '0', 'MKSTREAM'], ...steps.flatMap(commands)]
}

/** What waits: by reading all of it. */
async function bruteForce(): Promise<{ readonly undelivered: readonly string[]; readonly pending: readonly string[] }> {
  const pending = await redis.xpending(STREAM, GROUP, '-', '+', 1_000_000).catch(noSuchThing)
  const all = ['GROUP', GROUP, 'everything', 'COUNT', 1_000_000, 'NOACK', 'STREAMS', STREAM, '>'] as const
  const read = (await redis.call('xreadgroup', ...all).catch(async () => {
    return [[STREAM, await redis.xrange(STREAM, '-', '+')]] // no group: one that is made now begins at the beginning
  })) as [string, [string, unknown][]][] | null
  return { undelivered: (read?.[0]?.[1] ?? []).map(([id]) => id), pending: (pending as [string][]).map(([id]) => id) }
}

function noSuchThing(error: Error): readonly never[] {
  if (error.message.startsWith('NOGROUP')) return []
  throw error
}

async function see(counting: Counting, countUpTo: number): Promise<SourceSignals> {
  return sourceSignals(await lookAtStreams(senderOf(redis), GROUP, [STREAM], { counting, countUpTo }), 'Earliest')
}

/** Everything that is promised of a backlog, whatever was done before. */
async function checkAfter(steps: readonly Step[], most: number, countUpTo: number): Promise<void> {
  await redis.pipeline(commandsOf(steps, most).map((command) => [...command])).exec()
  const reported = (await redis.xinfo('GROUPS', STREAM).catch(() => [])) as unknown[][]
  const lag = reported[0]?.at(-1) as number | null | undefined
  const seen = {
    unknown: await see('unknown', countUpTo),
    doubtful: await see('doubtful', countUpTo),
    all: await see('all', countUpTo),
  }
  const { undelivered, pending } = await bruteForce()
  const waiting = undelivered.length + pending.length
  const oldest = [...undelivered, ...pending].sort(compareEntryIds)[0]

  for (const [counting, { backlog, backlogIs, streams, ...source }] of Object.entries(seen)) {
    const told = backlog ?? Number.NaN
    expect(source.pending, counting).toBe(pending.length)
    expect(source.isDrained, counting).toBe(waiting === 0)
    expect(source.oldestEventAgeMs === null, counting).toBe(oldest === undefined)
    expect(told === 0, `${counting}: zero is never a guess`).toBe(waiting === 0)
    expect(told, `${counting}: never more than there is`).toBeLessThanOrEqual(
      (streams[0]?.length ?? 0) + pending.length,
    )
    if (backlogIs === 'exact') expect(told, counting).toBe(waiting)
    const isCounted = counting === 'all' || lag == null || (counting === 'doubtful' && lag <= countUpTo)
    if (!isCounted) continue
    if (undelivered.length <= countUpTo)
      expect({ told, backlogIs }, counting).toEqual({ told: waiting, backlogIs: 'exact' })
    else expect(told, `${counting}: never below what was counted`).toBeGreaterThan(countUpTo + pending.length)
  }
}

test('after any history a backlog up to the limit is exact, and one above it is never below the limit', {
  timeout: 120_000,
}, async () => {
  const steps = fc.array(step, { minLength: 1, maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(steps, fc.constantFrom(1, 3, 8), (history, limit) => checkAfter(history, 4, limit)),
    runs(4_000),
  )
})

const MANY: Step = { kind: 'add', where: 0.999, consumer: 0 }

test('the same with streams of thousands, and the limit that is used', { timeout: 120_000 }, async () => {
  const steps = fc.array(step, { minLength: 1, maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(steps, (history) => checkAfter([MANY, ...history], 1_500, COUNTED_UP_TO)),
    runs(120),
  )
})

const STREAMS = Array.from({ length: 8 }, (_, shard) => `orders:{${shard}}`)

test.each([
  ['one command for all streams of a pipeline where nothing waits', [0, 0, 0], 1],
  ['one more for those that are counted, where few wait in them together', [400, 300, 300], 2],
  [
    'and as many as it takes for none of them to count many more than are counted of one stream',
    [400, 300, 301, 5_000],
    4,
  ],
])('a look takes %s', async (_sentence, waiting, commands) => {
  await using own = await OwnServer.redis()
  const client = new Redis(own.url)
  const scripts = async () => Number(/cmdstat_eval_ro:calls=(\d+)/.exec(await client.info('commandstats'))?.[1] ?? 0)
  try {
    for (const [i, stream] of STREAMS.entries()) {
      await client.xgroup('CREATE', stream, GROUP, '0', 'MKSTREAM')
      await client.xadd(stream, '1-1', 'a', 'b')
      await client.xreadgroup('GROUP', GROUP, 'somebody', 'STREAMS', stream, '>')
      await add(client, stream, waiting[i] ?? 0)
    }
    const looks = await lookAtStreams(senderOf(client), GROUP, STREAMS, { counting: 'all' })
    expect(await scripts()).toBe(commands)
    const counted = looks.map(({ seen }) => seen?.group?.counted)
    expect(counted).toEqual(STREAMS.map((_, i) => countOf(waiting[i])))
  } finally {
    client.disconnect()
  }
})

/** Of so many. */
function countOf(waiting = 0): GroupLook['counted'] {
  if (waiting === 0) return undefined
  return waiting > COUNTED_UP_TO ? { entries: COUNTED_UP_TO + 1, isAll: false } : { entries: waiting, isAll: true }
}

async function add(client: Redis, stream: string, entries: number): Promise<void> {
  await client.pipeline(Array.from({ length: entries }, () => ['xadd', stream, '*', 'a', 'b'])).exec()
}
