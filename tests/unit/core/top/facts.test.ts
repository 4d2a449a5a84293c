import { expect, test } from 'vitest'
import type { PipelineStatus } from '../../../../core/operator/status.ts'
import { EMPTY_DATABASE } from '../../../../core/signals/empty-database.ts'
import type { DatabaseSignals, PipelineSignals, SourceSignals } from '../../../../core/signals/pipeline-signals.ts'
import { factsOfSignals } from '../../../../core/top/facts-of-signals.ts'
import { factsOfStatus } from '../../../../core/top/facts-of-status.ts'
import { foldReadings, NOTHING_READ } from '../../../../core/top/fold-readings.ts'

const AT = '2026-03-01T12:00:00Z'

const SOURCE: SourceSignals = {
  backlog: 12,
  backlogIs: 'exact',
  pending: 2,
  oldestEventAgeMs: 1_500,
  isDrained: false,
  streams: [
    { stream: 's:{0}', backlog: 12, backlogIs: 'exact', pending: 2, length: 20, entriesAdded: 20, state: 'ok' },
    { stream: 's:{1}', backlog: 0, backlogIs: 'exact', pending: 0, length: 20, entriesAdded: 20, state: 'ok' },
  ],
}

const MEMBER = { lastBeatAgeMs: 100, startedAt: AT, busyMs: 1, entriesDone: 1 }

const DATABASE: DatabaseSignals = {
  ...EMPTY_DATABASE,
  migrated: true,
  revision: 1,
  entities: 3,
  marks: 1,
  oldestMarkAgeMs: 20,
  deadLetters: { 'missing-field': 1 },
  composites: [{ scope: 'pipeline', value: '82.15', sampleSize: 3, asOf: AT, ageMs: 4_000, holder: 'a' }],
  members: [
    { ...MEMBER, name: 'b' },
    { ...MEMBER, name: 'a' },
    { ...MEMBER, name: 'gone', lastBeatAgeMs: 60_000 },
  ],
  shards: [
    { stream: 's:{0}', owner: 'a', position: null },
    { stream: 's:{1}', owner: null, position: null },
  ],
}

const LOAD = { arrivalsPerSecond: 5, completionsPerSecond: 4, capacityPerWorker: 100 }

type Change = { [Part in 'source' | 'database' | 'load']?: object }

/** Worker a answers and did ten entries in the last second. */
const READ = [0, 10].reduce(
  (memory, done, second) => foldReadings(memory, new Map([['a', { done, freshness: new Map() }]]), second * 1_000),
  NOTHING_READ,
)

function seen(change: Change = {}, read = READ) {
  const { source = {}, database = {}, load = {} } = change
  return factsOfSignals(
    {
      observedAt: AT,
      source: 'unreachable' in source ? source : { observedAt: AT, ...SOURCE, ...source },
      database: 'unreachable' in database ? database : { observedAt: AT, ...DATABASE, ...database },
      load: { ...LOAD, ...load },
    } as PipelineSignals,
    read,
  )
}

test('what an exporter sees, and what workers say', () => {
  expect(seen()).toEqual({
    eventsPerSecond: 10,
    arrivalsPerSecond: 5,
    backlog: { entries: 12, is: 'exact', pending: 2, oldest: '1.5 s' },
    freshness: { p50Ms: null, p99Ms: null, overMs: 1_000 },
    work: { marks: 1, oldestMarkAgeMs: 20, unresolvedReferences: 0 },
    entities: 3,
    deadLetters: { 'missing-field': 1 },
    members: [
      { name: 'a', eventsPerSecond: 10, shards: 1 },
      { name: 'b', eventsPerSecond: null, shards: 0 },
    ],
    composite: [{ scope: 'pipeline', value: '82.15', ageMs: 4_000 }],
    aggregation: 'never',
    streams: [
      { stream: 's:{0}', backlog: 12, pending: 2, owner: 'a' },
      { stream: 's:{1}', backlog: 0, pending: 0, owner: null },
    ],
    notes: [],
  })
})

test.each<[sentence: string, change: Change, facts: object]>([
  ['a backlog that nobody knows is unknown', { source: { backlog: null } }, { backlog: null }],
  [
    'streams that cannot be seen are unknown, and say why',
    { source: { unreachable: 'no Redis answers' } },
    { backlog: null, streams: null, notes: ['the streams cannot be seen: no Redis answers'] },
  ],
  [
    'a database that cannot be seen is unknown, and says why',
    { database: { unreachable: 'no PostgreSQL answers' } },
    {
      work: null,
      entities: null,
      deadLetters: null,
      aggregation: null,
      members: [{ name: 'a', eventsPerSecond: 10, shards: null }],
      notes: ['the database cannot be seen: no PostgreSQL answers'],
    },
  ],
  [
    'of a database that is not migrated nothing is known',
    { database: { ...EMPTY_DATABASE } },
    { work: null, deadLetters: null, notes: ['the database is not migrated yet'] },
  ],
  [
    'streams without shards have no owner',
    { database: { shards: [] } },
    { members: [{ name: 'a', shards: null }, { name: 'b' }] },
  ],
  [
    'workers that answer count, whatever the database says',
    { database: { members: [] } },
    { eventsPerSecond: 10, members: [{ name: 'a', eventsPerSecond: 10 }] },
  ],
  [
    'entries that are lost are told',
    { database: { streamFaults: [{ stream: 's', kind: 'shrunk', detail: '3 entries are gone', since: AT }] } },
    { notes: ['entries are lost to this pipeline: s shrunk, 3 entries are gone'] },
  ],
  [
    'a run that compared nothing has no parity',
    {
      database: {
        lastAggregation: {
          day: '2026-02-28',
          state: 'running',
          startedAt: AT,
          finishedAt: null,
          successful: 5,
          failed: 0,
          mismatches: null,
          compared: null,
        },
      },
    },
    { aggregation: { day: '2026-02-28', state: 'running', finishedAt: null, entities: 5, failures: 0, parity: null } },
  ],
])('%s', (_sentence, change, facts) => {
  expect(seen(change)).toMatchObject(facts)
})

test('without workers nothing is done', () => {
  expect(seen({ database: { members: [] } }, NOTHING_READ)).toMatchObject({ eventsPerSecond: 0, members: [] })
})

test('where no worker answers, what all of them do is what the exporter has counted', () => {
  expect(seen({}, NOTHING_READ)).toMatchObject({ eventsPerSecond: 4, freshness: null })
})

const LATER = '2026-03-01T12:00:05Z'

const STATUS: Partial<PipelineStatus> = {
  composite: {
    value: '82.15',
    asOf: AT,
    holder: 'a',
    sampleSize: 3,
    scopes: [{ scope: 'region=EU', asOf: AT, sampleSize: 0 }],
  },
  backlog: 7,
  oldestEventAge: '12s',
  shards: [{ stream: 's:{0}', owner: 'a' }, { stream: 's:{1}' }],
  lastAggregation: {
    day: '2026-02-28',
    state: 'Failed',
    startedAt: AT,
    entities: 3,
    failures: 1,
    parity: { compared: 3, mismatches: 0 },
  },
}

test('without an exporter the status tells less', () => {
  expect(factsOfStatus(STATUS, NOTHING_READ, LATER)).toMatchObject({
    eventsPerSecond: null,
    backlog: { entries: 7, is: 'exact', pending: null, oldest: '12s' },
    work: null,
    deadLetters: null,
    freshness: null,
    composite: [
      { scope: 'pipeline', value: '82.15', ageMs: 5_000 },
      { scope: 'region=EU', value: null, ageMs: 5_000 },
    ],
    aggregation: { state: 'failed', finishedAt: null, failures: 1, parity: { compared: 3, mismatches: 0 } },
    streams: [
      { stream: 's:{0}', backlog: null, owner: 'a' },
      { stream: 's:{1}', backlog: null, owner: null },
    ],
  })
})

test('of what the status leaves out nothing is known', () => {
  expect(factsOfStatus({}, NOTHING_READ, LATER)).toMatchObject({
    backlog: null,
    composite: null,
    aggregation: null,
    streams: null,
  })
})
