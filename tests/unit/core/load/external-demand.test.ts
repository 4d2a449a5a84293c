import { expect, test } from 'vitest'
import { externalDemand } from '../../../../core/load/external-demand.ts'
import type { DatabaseSignals, LoadSignals, SourceSignals } from '../../../../core/signals/pipeline-signals.ts'
import { signals } from '../operator/world.ts'

// One worker gets 100 entries a second done, and what waits is to be done within 30 s.

const KNOWN: LoadSignals = { arrivalsPerSecond: 0, completionsPerSecond: 0, capacityPerWorker: 100 }
const WAITING = { backlog: 3_000, isDrained: false }
const UNKNOWN = { backlog: null, backlogIs: 'estimated', isDrained: false } as const
const NEVER_SEEN = { capacityPerWorker: null }
const AT_WORK = {
  members: [{ name: 'a', lastBeatAgeMs: 100, startedAt: '2026-03-01T08:00:00Z', busyMs: 0, entriesDone: 0 }],
}
const OF_EIGHT_SHARDS = {
  ...AT_WORK,
  shards: Array.from({ length: 8 }, (_, shard) => ({ stream: `orders:{${shard}}`, owner: 'a', position: null })),
}
const GONE = {
  members: [{ name: 'a', lastBeatAgeMs: 60_000, startedAt: '2026-03-01T08:00:00Z', busyMs: 0, entriesDone: 0 }],
}

test.each<
  [
    sentence: string,
    source: Partial<SourceSignals>,
    database: Partial<DatabaseSignals>,
    load: Partial<LoadSignals>,
    demand: number | null,
  ]
>([
  ['nobody where nothing is left to do', {}, AT_WORK, {}, 0],
  ['nobody, though it was never seen what a worker can do', {}, {}, NEVER_SEEN, 0],
  ['two who keep up with what comes in at nine tenths of their time', {}, AT_WORK, { arrivalsPerSecond: 180 }, 2],
  ['one for what waits, to be done within the target', WAITING, AT_WORK, {}, 1],
  ['both together where that is more', WAITING, AT_WORK, { arrivalsPerSecond: 75 }, 1.75],
  [
    'nobody more for what waits and fits into their spare time',
    { backlog: 300, isDrained: false },
    AT_WORK,
    { arrivalsPerSecond: 180 },
    2,
  ],
  [
    'as many as divide eight shards: five leave two to one of them, as four do',
    {},
    OF_EIGHT_SHARDS,
    { arrivalsPerSecond: 450 },
    8,
  ],
  ['no more than there are shards', WAITING, OF_EIGHT_SHARDS, { arrivalsPerSecond: 9_000 }, 8],
  ['a part of one, however many shards there are', {}, OF_EIGHT_SHARDS, { arrivalsPerSecond: 45 }, 0.5],
  ['more than nobody for what comes in hardly ever', {}, AT_WORK, { arrivalsPerSecond: 0.01 }, 0.01],
  ['more than nobody for a mark', {}, { marks: 1 }, {}, 0.01],
  ['more than nobody for a reference that has come', {}, { resolvableReferences: 1 }, {}, 0.01],
  ['more than nobody for a row that is overdue', {}, { overdueNextChanges: 1 }, {}, 0.01],
  ['more than nobody for a definition that is to be put in force', {}, { awaitedRevision: 2 }, {}, 0.01],
  ['more than nobody for a single entry', { backlog: 1, isDrained: false }, {}, {}, 0.01],
  ['one, to see what it can do, where something waits and nobody works', WAITING, GONE, NEVER_SEEN, 1],
  ['one where nobody works and it is not known how much waits', UNKNOWN, {}, {}, 1],
  ['who knows how many, before a worker was seen to work', WAITING, AT_WORK, NEVER_SEEN, null],
  ['who knows how many, where nobody knows how much waits', UNKNOWN, AT_WORK, {}, null],
  ['who knows how many, where nobody knows what comes in', WAITING, AT_WORK, { arrivalsPerSecond: null }, null],
  [
    'who knows whether any, where something came and nobody was seen to do it',
    {},
    {},
    { ...NEVER_SEEN, arrivalsPerSecond: 1 },
    null,
  ],
  ['who knows whether any, where nobody knows what comes in', {}, AT_WORK, { arrivalsPerSecond: null }, null],
  ['who knows whether any, before the tables are there', {}, { migrated: false }, {}, null],
])('it takes %s', (_sentence, source, database, load, demand) => {
  expect(externalDemand({ ...signals(source, database), load: { ...KNOWN, ...load } }, 30_000)).toBe(demand)
})

test.each(['source', 'database'] as const)('who knows how many it takes while the %s cannot be seen', (part) => {
  expect(externalDemand({ ...signals(), [part]: { unreachable: 'refused' }, load: KNOWN }, 30_000)).toBe(null)
})

test('a longer target takes fewer', () => {
  expect(externalDemand({ ...signals(WAITING, AT_WORK), load: KNOWN }, 60_000)).toBe(0.5)
})
