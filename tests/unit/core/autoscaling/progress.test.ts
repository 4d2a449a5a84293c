import { expect, test } from 'vitest'
import { decideReplicas } from '../../../../core/autoscaling/decide-replicas.ts'
import { EMPTY_MEMORY } from '../../../../core/autoscaling/scaling-memory.ts'
import { asked, at, membersDone, NOW } from './asked.ts'

interface Looks {
  /** When the newest look at the database began, as of each second. */
  readonly databaseAt: (second: number) => number
  /** Entries that are done by then. */
  readonly done: (second: number) => number
  readonly backlog?: (second: number) => number
}

/** The seconds in which progress counts as stalled: a decision each second, and a look at the source every five. */
function stalledIn({ databaseAt, done, backlog = () => 10 }: Looks): readonly number[] {
  let memory = EMPTY_MEMORY
  const stalled: number[] = []
  for (let second = 0; second < 30; second += 1) {
    const [sourceAt, seenAt] = [second - (second % 5), databaseAt(second)]
    const [sourceSeen, databaseSeen] = [at(NOW + sourceAt * 1_000), at(NOW + seenAt * 1_000)]
    const { signals, ...input } = asked({
      nowMs: NOW + second * 1_000,
      memory,
      source: { observedAt: sourceSeen, backlog: backlog(sourceAt) },
      database: { observedAt: databaseSeen, members: membersDone(done(seenAt)) },
    })
    const observedAt = sourceSeen < databaseSeen ? sourceSeen : databaseSeen
    const decided = decideReplicas({ ...input, signals: { ...signals!, observedAt } })
    memory = decided.memory
    if (decided.decision?.reason === 'ProgressStalled') stalled.push(second)
  }
  return stalled
}

const every = (seconds: number, from: number) => (second: number) =>
  from + seconds * Math.floor((second - from) / seconds)
const from = (first: number, last = 29) => Array.from({ length: last - first + 1 }, (_, index) => first + index)

test.each<[string, Looks, readonly number[]]>([
  [
    'what was not looked at again says nothing of progress, however long a look at the database takes',
    { databaseAt: every(12, 3), done: (second) => second * 1_000 },
    [],
  ],
  [
    'nothing done from one look at the database to another is no progress, however seldom they are',
    { databaseAt: every(12, 3), done: () => 7 },
    from(3),
  ],
  [
    'what stands still for less than six seconds is no stall yet',
    { databaseAt: every(1, 0), done: (second) => second - (second % 6) },
    [],
  ],
  ['what stands still for six is', { databaseAt: every(1, 0), done: (second) => Math.min(second, 10) }, from(16)],
  [
    'once nothing waits nothing is stalled',
    { databaseAt: every(1, 0), done: (second) => Math.min(second, 10), backlog: (second) => (second < 20 ? 10 : 0) },
    from(16, 19),
  ],
])('%s', (_sentence, looks, expected) => {
  expect(stalledIn(looks)).toEqual(expected)
})
