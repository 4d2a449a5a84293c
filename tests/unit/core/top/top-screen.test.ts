import fc from 'fast-check'
import { expect, test } from 'vitest'
import { widthOf } from '../../../../core/top/fit-text.ts'
import type { Room } from '../../../../core/top/screen.ts'
import type { TopFacts } from '../../../../core/top/top-facts.ts'
import { topLine } from '../../../../core/top/top-line.ts'
import { type Beside, topScreen } from '../../../../core/top/top-screen.ts'
import { unknownFacts } from '../../../../core/top/unknown-facts.ts'

const FACTS: TopFacts = {
  pipeline: 'shops',
  place: 'namespace metrics',
  at: '2026-03-01T12:02:00.000000Z',
  eventsPerSecond: 1_234.4,
  arrivalsPerSecond: 1_300,
  backlog: { entries: 12_400, is: 'at-least', pending: 120, oldest: '14 s' },
  freshness: { p50Ms: 4.4, p99Ms: 1_640, overMs: 60_000 },
  work: { marks: 233, oldestMarkAgeMs: 1_200, unresolvedReferences: 0 },
  entities: 300,
  deadLetters: { 'missing-field': 2, 'invalid-field': 0 },
  workers: {
    ready: 2,
    wanted: 3,
    members: [
      { name: 'shops-worker-0', eventsPerSecond: 1_000, shards: 1 },
      { name: 'shops-worker-1', eventsPerSecond: null, shards: 0 },
    ],
  },
  scaling: { mode: 'Internal', reason: 'BacklogGrows', message: '12,400 entries wait' },
  composite: [{ scope: 'pipeline', value: '82.15', ageMs: 4_000 }],
  aggregation: {
    day: '2026-02-28',
    state: 'succeeded',
    finishedAt: '2026-03-01T02:00:01.5Z',
    entities: 300,
    failures: 0,
    parity: { compared: 300, mismatches: 0 },
  },
  streams: [
    { stream: 'shop:{0}', backlog: 400, pending: 20, owner: 'shops-worker-0' },
    { stream: 'shop:{1}', backlog: 12_000, pending: 100, owner: null },
  ],
  notes: [],
}

const WIDE: Room = { columns: Number.POSITIVE_INFINITY, rows: Number.POSITIVE_INFINITY }

function screen(change: Partial<TopFacts> = {}, room: Room = WIDE, beside?: Beside): string {
  return topScreen({ ...FACTS, ...change }, room, beside)
    .map(({ text }) => text)
    .join('\n')
}

test('a pipeline at work, word for word', () => {
  expect(screen()).toBe(`shops   namespace metrics   12:02:00Z

Throughput     1,234 events/s, 1,300 a second come in
Backlog        at least 12,400 entries, 120 of them pending, the oldest for 14 s
Freshness      p50 4 ms, p99 1.6 s in the last 1 min
Dirty          233 entities to be evaluated, the longest for 1.2 s
Rows           300
Dead letters   2: missing-field × 2
Workers        2 of 3 ready
Scaling        Internal, BacklogGrows: 12,400 entries wait
Composite      82.15, 4 s old
Aggregation    2026-02-28 succeeded at 2026-03-01T02:00:01Z, 300 entities, 0 failed; parity: 300 rows compared, 0 mismatches

WORKER           EVENTS/S   SHARDS
shops-worker-0   1,000      1
shops-worker-1   unknown    0

STREAM     BACKLOG   PENDING   OWNER
shop:{1}   12,000    100       nobody
shop:{0}   400       20        shops-worker-0`)
})

test.each<[sentence: string, change: Partial<TopFacts>, line: string]>([
  ['an unknown backlog is not 0', { backlog: null }, 'Backlog        unknown'],
  ['a backlog of 0 is known', { backlog: { entries: 0, is: 'exact', pending: 0, oldest: null } }, 'Backlog        0'],
  [
    "the server's own word is told as such",
    { backlog: { entries: 1, is: 'estimated', pending: null, oldest: null } },
    "Backlog        by the server's own word 1 entry",
  ],
  ['unknown freshness', { freshness: null }, 'Freshness      unknown'],
  [
    'freshness while no event came',
    { freshness: { p50Ms: null, p99Ms: null, overMs: 2_000 } },
    'Freshness      no event came to its row in the last 2 s',
  ],
  [
    'freshness beyond what is measured',
    { freshness: { p50Ms: 30, p99Ms: 900_000, overMs: 2_000 } },
    'Freshness      p50 30 ms, p99 15 min or more in the last 2 s',
  ],
  ['unknown throughput, known arrivals', { eventsPerSecond: null }, 'Throughput     unknown, 1,300 a second come in'],
  ['nothing known of throughput', { eventsPerSecond: null, arrivalsPerSecond: null }, 'Throughput     unknown'],
  [
    'throughput of next to nothing',
    { eventsPerSecond: 0.04, arrivalsPerSecond: 2.345 },
    'Throughput     less than 0.1 events/s, 2.3 a second come in',
  ],
  ['nothing dirty', { work: { marks: 0, oldestMarkAgeMs: null, unresolvedReferences: 0 } }, 'Dirty          0'],
  [
    'references into nowhere',
    { work: { marks: 1, oldestMarkAgeMs: 10, unresolvedReferences: 2 } },
    'Dirty          1 entity to be evaluated, the longest for 10 ms; 2 references to what has not come',
  ],
  ['no dead letter', { deadLetters: { 'missing-field': 0 } }, 'Dead letters   0'],
  ['unknown dead letters', { deadLetters: null }, 'Dead letters   unknown'],
  ['no worker wanted', { workers: { ready: 0, wanted: 0, members: [] } }, 'Workers        none'],
  ['no worker ready yet', { workers: { ready: 0, wanted: 2, members: [] } }, 'Workers        0 of 2 ready'],
  [
    'workers of which nothing is known',
    { workers: { ready: null, wanted: null, members: [] } },
    'Workers        unknown',
  ],
  [
    'a composite without data',
    { composite: [{ scope: 'region=EU', value: null, ageMs: null }] },
    'Composite region=EU   none, for there are no data, age unknown',
  ],
  ['no aggregation yet', { aggregation: 'never' }, 'Aggregation    never'],
  ['an unknown aggregation', { aggregation: null }, 'Aggregation    unknown'],
  [
    'what stands in the way',
    { notes: ['the streams cannot be seen: no Redis answers'] },
    'the streams cannot be seen: no Redis answers',
  ],
])('%s', (_sentence, change, line) => {
  expect(screen(change).split('\n')).toContain(line)
})

test.each<[sentence: string, change: Partial<TopFacts>, text: string, tone: string]>([
  ['dead letters are bad', {}, 'Dead letters   2: missing-field × 2', 'bad'],
  ['what is unknown is dim', { entities: null }, 'Rows           unknown', 'dim'],
  [
    'rows unlike their recomputation are bad',
    {
      aggregation: {
        ...(FACTS.aggregation as object),
        parity: { compared: 2, mismatches: 1 },
      } as TopFacts['aggregation'],
    },
    'Aggregation    2026-02-28 succeeded at 2026-03-01T02:00:01Z, 300 entities, 0 failed; parity: 2 rows compared, 1 mismatch',
    'bad',
  ],
])('%s', (_sentence, change, text, tone) => {
  expect(topScreen({ ...FACTS, ...change }, WIDE)).toContainEqual({ text, tone })
})

test('what is too long for the room goes on in the next line, and tables are cut', () => {
  const shards = Array.from({ length: 64 }, (_, shard) => ({
    stream: `s:{${shard}}`,
    backlog: shard,
    pending: 0,
    owner: 'w',
  }))
  expect(screen({ streams: shards }, { columns: 60, rows: 28 })).toBe(`shops   namespace metrics   12:02:00Z

Throughput     1,234 events/s, 1,300 a second come in
Backlog        at least 12,400 entries, 120 of them pending,
               the oldest for 14 s
Freshness      p50 4 ms, p99 1.6 s in the last 1 min
Dirty          233 entities to be evaluated, the longest for
               1.2 s
Rows           300
Dead letters   2: missing-field × 2
Workers        2 of 3 ready
Scaling        Internal, BacklogGrows: 12,400 entries wait
Composite      82.15, 4 s old
Aggregation    2026-02-28 succeeded at 2026-03-01T02:00:01Z,
               300 entities, 0 failed; parity: 300 rows
               compared, 0 mismatches

WORKER           EVENTS/S   SHARDS
shops-worker-0   1,000      1
shops-worker-1   unknown    0

STREAM   BACKLOG   PENDING   OWNER
s:{63}   63        0         w
s:{62}   62        0         w
s:{61}   61        0         w
s:{60}   60        0         w
s:{59}   59        0         w
and 59 more`)
})

test('no line is wider than the room, there are no more of them than rows, and nothing in a name moves the cursor', () => {
  const name = fc.string({ unit: 'binary', maxLength: 40 })
  fc.assert(
    fc.property(
      fc.array(name, { maxLength: 30 }),
      name,
      fc.record({ columns: fc.integer({ min: 1, max: 200 }), rows: fc.integer({ min: 1, max: 60 }) }),
      (streams, text, room) => {
        const facts: TopFacts = {
          ...FACTS,
          pipeline: text,
          scaling: { mode: text, reason: text, message: text },
          streams: streams.map((stream) => ({ stream, backlog: null, pending: null })),
          notes: [text],
        }
        const lines = topScreen(facts, room, { headline: text, blocks: [{ text, tone: 'plain' }] })
        expect(lines.length).toBeLessThanOrEqual(room.rows)
        for (const line of lines) {
          expect(widthOf(line.text)).toBeLessThanOrEqual(room.columns)
          expect(line.text).not.toMatch(/[\p{Cc}\p{Cf}]/u)
        }
        expect(topLine(facts)).not.toMatch(/[\p{Cc}\p{Cf}]/u)
      },
    ),
  )
})

test.each([
  ['a', 1],
  ['é', 1],
  ['e\u0301', 1],
  ['日本', 4],
  ['한', 2],
  ['🙂', 2],
  ['！', 2],
])('%s is as wide as terminals draw it', (text, columns) => {
  expect(widthOf(text)).toBe(columns)
})

test.each<[sentence: string, facts: TopFacts, line: string]>([
  [
    'a pipeline at work',
    FACTS,
    '1,234 events/s, backlog 12,400, dirty 233, freshness p50 4 ms p99 1.6 s, 2 workers, 2 dead letters, composite 82.15',
  ],
  [
    'one at rest',
    {
      ...FACTS,
      eventsPerSecond: 0,
      backlog: { entries: 0, is: 'exact', pending: 0, oldest: null },
      freshness: { p50Ms: null, p99Ms: null, overMs: 2_000 },
      work: { marks: 0, oldestMarkAgeMs: null, unresolvedReferences: 0 },
      deadLetters: {},
      workers: { ready: 1, wanted: 1, members: [] },
      composite: null,
    },
    '0 events/s, backlog 0, dirty 0, 1 worker',
  ],
  [
    'one of which nothing is known',
    unknownFacts(FACTS, 'get metricspipelines: no answer within 10 s'),
    'unknown events/s, backlog unknown, dirty unknown, freshness unknown, unknown workers, get metricspipelines: no answer within 10 s',
  ],
])('in one line: %s', (_sentence, facts, line) => {
  expect(topLine(facts)).toBe(line)
})
