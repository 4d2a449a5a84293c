import { expect, test } from 'vitest'
import type { PipelineSignals } from '../../../../core/signals/pipeline-signals.ts'
import { sameSubstance } from '../../../../core/signals/same-substance.ts'
import { signals } from '../operator/world.ts'

const shard = (owner: string | null, position: string) => ({ stream: 'flights:{0}', owner, position })
const member = (name: string, entriesDone: number) => ({
  name,
  startedAt: '2026-03-01T00:00:00Z',
  lastBeatAgeMs: 10,
  busyMs: 100,
  entriesDone,
})

const withShard = (owner: string | null, position: string) => signals({}, { shards: [shard(owner, position)] })
const withMember = (name: string, entriesDone: number) => signals({}, { members: [member(name, entriesDone)] })

test.each<[string, PipelineSignals | undefined, PipelineSignals | undefined]>([
  ['nothing was known and nothing is', undefined, undefined],
  ['time went by', signals(), { ...signals(), observedAt: '2026-03-01T12:00:01.000Z' }],
  ['there is a backlog', signals(), signals({ backlog: 5 })],
  ['an event waits for longer', signals({ oldestEventAgeMs: 1 }), signals({ oldestEventAgeMs: 2 })],
  ['a shard was read on', withShard('a', '1-0'), withShard('a', '2-0')],
  ['a worker worked', withMember('a', 1), withMember('a', 2)],
])('%s: the same is seen', (_what, before, now) => {
  expect(sameSubstance(before, structuredClone(now))).toBe(true)
})

test.each<[string, PipelineSignals | undefined, PipelineSignals | undefined]>([
  ['it is known for the first time', undefined, signals()],
  ['it is known no longer', signals(), undefined],
  ['the backlog is unknown', signals({ backlog: 5 }), signals({ backlog: null })],
  ['an event waits', signals(), signals({ oldestEventAgeMs: 2 })],
  ['a shard has another owner', withShard('a', '1-0'), withShard('b', '1-0')],
  [
    'a shard was never read before',
    signals({}, { shards: [{ ...shard('a', ''), position: null }] }),
    withShard('a', '1-0'),
  ],
  ['a worker came', signals(), withMember('a', 1)],
  ['it is another worker', withMember('a', 1), withMember('b', 1)],
  ['the database cannot be reached', signals(), { ...signals(), database: { unreachable: 'gone' } }],
  ['there are dead letters of a new kind', signals(), signals({}, { deadLetters: { malformed: 1 } })],
  [
    'one kind was replayed, and there is another',
    signals({}, { deadLetters: { late: 1 } }),
    signals({}, { deadLetters: { malformed: 1 } }),
  ],
])('%s: something else is seen', (_what, before, now) => {
  expect(sameSubstance(before, now)).toBe(false)
})
