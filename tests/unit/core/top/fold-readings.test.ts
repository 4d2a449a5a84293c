import { expect, test } from 'vitest'
import { WorkerMetrics } from '../../../../adapters/telemetry/worker-metrics.ts'
import { donePerSecond, foldReadings, NOTHING_READ, recentFreshness } from '../../../../core/top/fold-readings.ts'
import { readWorker, type WorkerReading } from '../../../../core/top/worker-reading.ts'

/** So many entries done, each visible within 10 ms or, for the slow ones, within a second. */
const reading = (done: number, slow = 0): WorkerReading => ({
  done,
  freshness: new Map([
    [0.01, done - slow],
    [1, done],
    [Number.POSITIVE_INFINITY, done],
  ]),
})

type Said = Readonly<Record<string, WorkerReading>>

/** What is known after looks a second apart. */
const after = (...looks: readonly Said[]) =>
  looks.reduce(
    (memory, said, second) => foldReadings(memory, new Map(Object.entries(said)), second * 1_000),
    NOTHING_READ,
  )

test.each<[sentence: string, looks: readonly Said[], perSecond: number | undefined]>([
  ['after one look nothing is known of what is done in a second', [{ a: reading(500) }], undefined],
  ['after two it is what came to it', [{ a: reading(500) }, { a: reading(620) }], 120],
  [
    'all workers count',
    [
      { a: reading(0), b: reading(10) },
      { a: reading(5), b: reading(20) },
    ],
    15,
  ],
  ['only the last two looks count', [{ a: reading(0) }, { a: reading(900) }, { a: reading(900) }], 0],
  ['a worker that has begun anew counts from zero', [{ a: reading(500) }, { a: reading(7) }], 7],
  ['what one did before it was seen does not count', [{ a: reading(0) }, { a: reading(5), b: reading(1_000) }], 5],
  ['one that does not answer now counts when it does', [{ a: reading(1) }, {}, { a: reading(9) }], 8],
  ['where none answers nothing is known', [{ a: reading(1) }, {}], undefined],
])('%s', (_sentence, looks, perSecond) => {
  expect(donePerSecond(after(...looks))).toBe(perSecond)
})

test.each<[sentence: string, looks: readonly Said[], freshness: unknown]>([
  ['after one look freshness is unknown', [{ a: reading(500) }], undefined],
  ['where no worker ever answered it is unknown too', [{}, {}, {}], undefined],
  ['no event came', [{ a: reading(5) }, { a: reading(5) }], { p50Ms: null, p99Ms: null, overMs: 1_000 }],
  ['those that came are fresh', [{ a: reading(0) }, { a: reading(100) }], { p50Ms: 5, p99Ms: 9.9, overMs: 1_000 }],
  [
    'what was before the first look is left out',
    [{ a: reading(100, 100) }, { a: reading(200, 100) }],
    { p50Ms: 5, p99Ms: 9.9, overMs: 1_000 },
  ],
])('%s', (_sentence, looks, freshness) => {
  expect(recentFreshness(after(...looks))).toEqual(freshness)
})

test('what is slower than any bound is told as the greatest of them', () => {
  const slow = {
    done: 1,
    freshness: new Map([
      [1, 0],
      [Number.POSITIVE_INFINITY, 1],
    ]),
  }
  const none = {
    done: 0,
    freshness: new Map([
      [1, 0],
      [Number.POSITIVE_INFINITY, 0],
    ]),
  }
  expect(recentFreshness(after({ a: none }, { a: slow }))).toMatchObject({ p50Ms: 1_000, p99Ms: 1_000 })
})

test('freshness is that of the last minute', () => {
  const slowAtFirst = Array.from({ length: 100 }, (_, second) => ({ a: reading(second, Math.min(second, 30)) }))
  expect(recentFreshness(after(...slowAtFirst))).toMatchObject({ p99Ms: 9.9, overMs: 60_000 })
})

test('what a worker serves is understood', async () => {
  const metrics = new WorkerMetrics()
  metrics.entries.inc({ outcome: 'persisted' }, 7)
  metrics.entries.inc({ outcome: 'duplicate' }, 2)
  metrics.freshness.observe(0.004)
  const { body } = await metrics.expose()
  const read = readWorker(body)
  expect(read?.done).toBe(9)
  expect(read?.freshness.get(0.005)).toBe(1)
  expect(read?.freshness.get(0.002)).toBe(0)
  expect(read?.freshness.get(Number.POSITIVE_INFINITY)).toBe(1)
})

test('what is no worker says nothing', () => {
  expect(readWorker('try /livez, /readyz or /metrics\n')).toBeUndefined()
})
