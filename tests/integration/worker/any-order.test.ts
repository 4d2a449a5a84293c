import { afterAll, beforeAll, expect, test } from 'vitest'
import { parsePipeline } from '../../../adapters/manifest/parse-pipeline.ts'
import {
  chance,
  createRandom,
  pick,
  pickWeighted,
  type Random,
  type Weights,
  wholeBetween,
} from '../../../examples/tutor-performance/random.ts'
import { PipelineOnServers, type Row } from '../../support/pipeline-on-servers.ts'
import { feedback, profile, session, type TutorEvent } from '../../support/tutor-events.ts'

// The tutor set with two workers at once: whatever order events come in, the rows are those of a run in order. What is published together is
// shared among the workers by Redis, so that what belongs together is often in both at the same moment.

const STREAMS = ['tutormax:tutors', 'tutormax:sessions', 'tutormax:feedback', 'tutormax:events']

/** Some commits take a while once everything is written, so that others come in between. */
const SLOW_COMMITS = `
  create function slow() returns trigger language plpgsql as $$ begin
    if random() < 0.3 then perform pg_sleep(0.03 * random()); end if;
    return null;
  end $$;
  create constraint trigger slow after insert or update on fact_session deferrable initially deferred
    for each row execute function slow();
  create constraint trigger slow after insert or update on fact_feedback deferrable initially deferred
    for each row execute function slow()`

let tutors: PipelineOnServers

beforeAll(async () => {
  const parsed = parsePipeline(
    JSON.stringify({
      apiVersion: 'metricspipelines.io/v1alpha1',
      kind: 'MetricsPipeline',
      metadata: { name: 'tutors' },
      spec: {
        source: { redisStreams: { streams: STREAMS } },
        database: {},
        metrics: { set: 'TutorPerformance', debounce: { quiet: '0s', maxWait: '0s' } },
        workers: { batchSize: 2 * STREAMS.length }, // two entries of each stream, so that both workers always get some
      },
    }),
    'tutors',
  )
  if ('problems' in parsed) throw new Error(parsed.problems.join('\n'))
  tutors = await PipelineOnServers.open(parsed)
  await tutors.db.query(SLOW_COMMITS)
  for (const consumer of ['worker-0', 'worker-1']) await tutors.startWorker({ consumer })
})

afterAll(() => tutors?.[Symbol.asyncDispose]())

/** The same events about tutors, sessions and feedback of their own, published a second apart. */
type Story = (own: (name: string) => string) => readonly TutorEvent[]

const STORIES: readonly (readonly [sentence: string, story: Story])[] = [
  [
    'feedback before its session, a session before its tutor',
    (own) => [
      profile({ tutor_id: own('a') }),
      session({ session_id: own('s'), tutor_id: own('a') }),
      feedback({ feedback_id: own('f'), session_id: own('s'), overall_rating: 4 }),
      feedback({ feedback_id: own('g'), session_id: own('s'), overall_rating: 2 }),
    ],
  ],
  [
    'a rated session that moves to another tutor',
    (own) => [
      session({ session_id: own('s'), tutor_id: own('a') }),
      session({ session_id: own('t'), tutor_id: own('b'), session_number: 2 }),
      feedback({ feedback_id: own('f'), session_id: own('s'), overall_rating: 4 }),
      session({ session_id: own('s'), tutor_id: own('b') }),
    ],
  ],
  [
    'a session that moves there and back again',
    (own) => [
      session({ session_id: own('s'), tutor_id: own('a') }),
      session({ session_id: own('s'), tutor_id: own('b') }),
      feedback({ feedback_id: own('f'), session_id: own('s'), overall_rating: 3 }),
      session({ session_id: own('s'), tutor_id: own('a'), engagement_score: 0.5 }),
    ],
  ],
  [
    'feedback that is corrected, and turns out to belong to another session',
    (own) => [
      session({ session_id: own('s'), tutor_id: own('a') }),
      session({ session_id: own('t'), tutor_id: own('b') }),
      feedback({ feedback_id: own('f'), session_id: own('s'), overall_rating: 5 }),
      feedback({ feedback_id: own('f'), session_id: own('t'), overall_rating: 3 }),
    ],
  ],
  [
    'a session that is deleted under its feedback',
    (own) => [
      session({ session_id: own('s'), tutor_id: own('a') }),
      session({ session_id: own('t'), tutor_id: own('a') }),
      feedback({ feedback_id: own('f'), session_id: own('s'), overall_rating: 5 }),
      { ...session({ session_id: own('s') }), tombstone: true },
    ],
  ],
  [
    'feedback that is deleted and given again',
    (own) => [
      session({ session_id: own('s'), tutor_id: own('a') }),
      feedback({ feedback_id: own('f'), session_id: own('s'), overall_rating: 1 }),
      { ...feedback({ feedback_id: own('f') }), tombstone: true },
      feedback({ feedback_id: own('f'), session_id: own('s'), overall_rating: 4 }),
    ],
  ],
]

test.each(STORIES)('%s, in every order', async (sentence, story) => {
  const place = STORIES.findIndex(([each]) => each === sentence)
  const tell = (tag: string | number) => published(story((name) => `${name}: story ${place} ${tag}`))
  for (const event of tell('in order')) {
    await tutors.publish([event])
    await tutors.caughtUp()
  }
  const orders = permutations([0, 1, 2, 3])
  await tutors.publish(orders.flatMap((order, n) => order.map((i) => tell(n)[i] as TutorEvent)))
  await tutors.caughtUp()

  const rows = await rowsByTag(tutors)
  const expected = rows.get(`story ${place} in order`)
  expect(expected).toBeDefined()
  for (const [n, order] of orders.entries()) expect(rows.get(`story ${place} ${n}`), order.join()).toEqual(expected)
  await expectNothingOdd()
})

const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))

const ROUNDS = 400

/** So many rounds are mixed with one another: what belongs together is then often in the hands of both workers. */
const MIXED = 6

test(`${ROUNDS} small platforms, each in random order (SEED=${SEED})`, async () => {
  const rounds = Array.from({ length: ROUNDS }, (_, n) => platform(createRandom(SEED, n), (name) => `${name}: ${n}`))
  await using inOrder = await PipelineOnServers.open(tutors.pipeline)
  await inOrder.startWorker()
  await inOrder.publish(rounds.flat())
  await inOrder.caughtUp()

  const random = createRandom(SEED, ROUNDS)
  const placed = rounds.flatMap((events, n) =>
    [...events, ...events.filter(() => chance(random, 0.1))].map((event) => ({ at: n + MIXED * random(), event })),
  )
  await tutors.publish(placed.sort((a, b) => a.at - b.at).map(({ event }) => event))
  await tutors.caughtUp()
  const [rows, expected] = await Promise.all([rowsByTag(tutors), rowsByTag(inOrder)])
  for (const n of rounds.keys()) expect(rows.get(String(n)), `round ${n}`).toEqual(expected.get(String(n)))
  await expectNothingOdd()
})

/** What happens to two sessions of two tutors, in order. */
function platform(random: Random, own: (name: string) => string): readonly TutorEvent[] {
  const session_id = () => own(pick(random, ['s', 't']))
  const feedback_id = () => own(pick(random, ['f', 'g']))
  const happenings: Weights<() => TutorEvent> = [
    [
      () => session({ session_id: session_id(), tutor_id: own(pick(random, ['a', 'b'])), engagement_score: random() }),
      4,
    ],
    [() => ({ ...session({ session_id: session_id() }), tombstone: true }), 1],
    [
      () =>
        feedback({ feedback_id: feedback_id(), session_id: session_id(), overall_rating: wholeBetween(random, 1, 5) }),
      4,
    ],
    [() => ({ ...feedback({ feedback_id: feedback_id() }), tombstone: true }), 1],
  ]
  return published(Array.from({ length: wholeBetween(random, 2, 5) }, () => pickWeighted(random, happenings)()))
}

/** With a publication each, a second apart; the last one was just now. */
function published(events: readonly TutorEvent[]): readonly TutorEvent[] {
  return events.map((event, i) => ({ ...event, time: new Date(NOW - 1_000 * (events.length - i)).toISOString() }))
}

const NOW = Date.now()

async function expectNothingOdd(): Promise<void> {
  expect(await tutors.letters()).toEqual([])
  expect(await tutors.parity()).toMatchObject({ mismatches: 0, missing: 0 })
}

/** By what comes after the names of tutors. One about whom nothing holds any more has a row only where something once did. */
async function rowsByTag(of: PipelineOnServers): Promise<ReadonlyMap<string, readonly Row[]>> {
  const rows = (await of.rows()).filter(({ facts }) => facts !== '0')
  const tagged = rows.map(({ entity, evaluation: _, evaluated_at: __, as_of: ___, ...row }) => {
    const [tutor, tag = ''] = String(entity).split(': ')
    return [tag, { ...row, tutor }] as const
  })
  return new Map([...Map.groupBy(tagged, ([tag]) => tag)].map(([tag, own]) => [tag, own.map(([, row]) => row)]))
}

function permutations<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length < 2) return [items]
  return items.flatMap((first) => permutations(items.filter((item) => item !== first)).map((rest) => [first, ...rest]))
}
