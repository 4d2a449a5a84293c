import { expect, test } from 'vitest'
import { decideReplicas } from '../../../../core/autoscaling/decide-replicas.ts'
import { asked, at, type Change, DRAINED, membersDone, NOW, streamOf } from './asked.ts'

const FULL = { replicas: 8, ready: 8 }
const LATE = { backlog: 120_000, oldestEventAgeMs: 95_000 }

test.each<readonly [string, Change]>([
  ['Keeps 2 workers: 10 entries wait and 1,000 a second come in; more workers from 1,890 a second on', {}],
  [
    '6 workers instead of 2: 10 entries wait and 4,000 a second come in; one worker gets 1,000 a second done',
    { load: { arrivalsPerSecond: 4_000 } },
  ],
  [
    '7 workers instead of 2: 120,000 entries wait, the oldest for 1 min 35 s, and 1,000 a second come in; one worker gets 1,000 a second done, and all is to be done within 30 s',
    { source: LATE },
  ],
  [
    '8 workers instead of 2: 10 entries wait and 3,700 a second come in; one worker gets 1,000 a second done; fewer would leave too many of 8 shards to one of them',
    { ceilings: { shards: 8 }, load: { arrivalsPerSecond: 3_700 } },
  ],
  [
    'Keeps 8 workers though the load asks for 16: maxReplicas is 8; 120,000 entries wait, the oldest for 1 min 35 s, and 8,700 a second come in; it does not get less',
    { source: LATE, fleet: FULL, load: { arrivalsPerSecond: 8_700, completionsPerSecond: 8_000 } },
  ],
  [
    'Keeps 8 workers: 120,000 entries wait, the oldest for 1 min 35 s, and 2,000 a second come in; done in about 20 s',
    { source: LATE, fleet: FULL, load: { arrivalsPerSecond: 2_000, completionsPerSecond: 8_000 } },
  ],
  [
    'Keeps 2 workers though the load asks for 14: 1 of them ready, others fail (CrashLoopBackOff), and more would fail as well',
    { load: { arrivalsPerSecond: 9_000 }, fleet: { ready: 1, failing: 'CrashLoopBackOff' } },
  ],
  [
    'Keeps 2 workers: 4,000 entries wait, but 2 ready workers got nothing done for 40 s, and more would not either. Their logs say why; often it is the database, or an entry that nobody can process',
    {
      source: { backlog: 4_000 },
      memory: { progress: { done: 7, marks: 0, databaseAt: at(NOW - 5_000), movedAt: at(NOW - 40_000) } },
      database: { members: membersDone(7) },
    },
  ],
  [
    'Keeps 2 workers: 3 entries wait, but 2 ready workers got nothing done for 40 s, and more would not either. All were delivered: what a worker that is gone holds is taken over in time, else the logs say why',
    {
      source: { backlog: 3, pending: 3 },
      memory: { progress: { done: 7, marks: 0, databaseAt: at(NOW - 5_000), movedAt: at(NOW - 40_000) } },
      database: { members: membersDone(7) },
    },
  ],
  [
    'Keeps 2 workers while nobody knows what there is to do: the source does not answer (connect ECONNREFUSED)',
    { source: { unreachable: 'connect ECONNREFUSED' } },
  ],
  [
    'Keeps 2 workers with nothing to do until that has been so for 2 min',
    {
      ...DRAINED,
      settings: { idleAfterMs: 120_000, minReplicas: 0 },
      memory: { idleSinceMs: NOW - 60_000, capacity: { perWorker: null, proven: null, share: 1 } },
      load: { arrivalsPerSecond: 0.0001, completionsPerSecond: 0, capacityPerWorker: null },
    },
  ],
  [
    'No workers instead of 2: nothing came and nothing was left to do for 1 h 5 min. The first entry, mark or overdue row wakes one',
    { ...DRAINED, memory: { idleSinceMs: NOW - 3_900_000, idleLooks: { first: at(0), second: at(1) } } },
  ],
  [
    '1 worker instead of 0 for 1 entry, 2 marks, 1 reference whose fact has come, 3 overdue rows',
    {
      fleet: { replicas: 0, ready: 0 },
      load: { arrivalsPerSecond: 0 },
      source: { backlog: 1, pending: 0, streams: [streamOf('orders', 1)] },
      database: { marks: 2, resolvableReferences: 1, overdueNextChanges: 3 },
    },
  ],
  [
    '3 workers instead of 2: database.maxConnections reaches for 3 workers',
    { settings: { minReplicas: 5 }, ceilings: { connections: 3 } },
  ],
])('%s', (message, change) => {
  expect(decideReplicas(asked(change)).decision?.message).toBe(message)
})
