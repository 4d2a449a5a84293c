import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadPipeline } from '../../../adapters/manifest/load-pipeline.ts'
import { parsePipeline } from '../../../adapters/manifest/parse-pipeline.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { runProgram } from '../../support/run-program.ts'
import { shopManifest, shopPipeline } from '../../support/shop-manifest.ts'
import { order } from '../../support/shop-orders.ts'

// The data-quality report: what arrived yesterday and today and was not as it should be.

const STARTED_AT = new Date(Date.now() - 3 * 86_400_000).toISOString()

const SESSION = {
  session_id: 's-1',
  tutor_id: 'tutor-1',
  student_id: 'student-1',
  session_number: 1,
  is_first_session: true,
  scheduled_start: STARTED_AT,
  actual_start: STARTED_AT,
  duration_minutes: 37, // unusual
  subject: 'Algebra',
  tutor_initiated_reschedule: false,
  no_show: false,
  late_start_minutes: 0,
  technical_issues: false,
  created_at: STARTED_AT,
  updated_at: STARTED_AT,
}

let tutors: PipelineOnServers

beforeAll(async () => {
  tutors = await PipelineOnServers.open(await loadPipeline('examples/tutor-performance.yaml'))
  const worker = await tutors.startWorker()
  const session = (id: string, change: object) => ({
    stream: 'tutormax:sessions',
    type: 'session',
    data: { ...SESSION, session_id: id, ...change },
  })
  await tutors.publish([
    session('s-1', {}),
    session('s-2', {}),
    session('s-3', { duration_minutes: 30, late_start_minutes: 45 }), // refused
    { stream: 'tutormax:events', type: 'unheard-of', data: {} },
    {
      stream: 'tutormax:feedback',
      type: 'feedback',
      data: {
        feedback_id: 'f-1',
        session_id: 'never-came',
        tutor_id: 'tutor-1',
        student_id: 'student-1',
        overall_rating: 5,
        is_first_session: false,
        submitted_at: STARTED_AT,
        created_at: STARTED_AT,
        subject_knowledge_rating: 5,
        communication_rating: 5,
        patience_rating: 5,
        engagement_rating: 5,
        helpfulness_rating: 5,
      },
    },
  ])
  await tutors.caughtUp()
  await worker.stop()
})

afterAll(() => tutors?.[Symbol.asyncDispose]())

test('counts findings by rule, unresolved references and silent streams, prints and stores them', async () => {
  expect(await tutors.letters()).toEqual([
    expect.objectContaining({ event_type: 'session' }),
    expect.objectContaining({ stream: 'tutormax:events' }),
  ])
  const { code, out } = await runProgram('aggregator/main.ts', tutors, ['--json'])
  expect(code).toBe(0)
  const { quality } = JSON.parse(out)
  expect(quality).toEqual({
    findings: expect.arrayContaining([
      { event_type: 'session', rule: 'unusual-duration', severity: 'warning', count: 2 },
      expect.objectContaining({ event_type: 'session', severity: 'dead-letter', count: 1 }),
      expect.objectContaining({ event_type: 'unheard-of', severity: 'dead-letter', count: 1 }),
    ]),
    unresolvedReferences: 1,
    silentStreams: ['tutormax:tutors', 'tutormax:students'],
  })
  const { rows } = await tutors.db.query("select report -> 'quality' as quality from mp_run")
  expect(rows).toEqual([{ quality }])

  const printed = (await runProgram('aggregator/main.ts', tutors)).out
  expect(printed).toContain('  warning session: unusual-duration × 2\n')
  expect(printed).toContain('  unresolved references: 1\n')
  expect(printed).toContain('  silent for a day: tutormax:tutors, tutormax:students\n')
})

test('what arrived before yesterday is not told again', async () => {
  await tutors.db.query('update mp_quality_count set day = day - 2')
  await tutors.db.query("update mp_dead_letter set created_at = created_at - interval '2 days'")
  const { out } = await runProgram('aggregator/main.ts', tutors, ['--json'])
  expect(JSON.parse(out).quality.findings).toEqual([])
})

test('goes by when events arrived, whatever time they speak of', async () => {
  const manifest = JSON.parse(shopManifest())
  manifest.spec.metrics.asOf = 'EventTime'
  const parsed = parsePipeline(JSON.stringify(manifest), 'shops')
  if ('problems' in parsed) throw new Error(parsed.problems.join('\n'))
  await using shops = await PipelineOnServers.open(parsed)
  const worker = await shops.startWorker()
  const old = order(1)
  await shops.publish([
    { ...old, time: '2001-02-03T00:00:00Z', data: { ...old.data, placedAt: '2001-02-03T00:00:00Z' } },
    { ...old, id: 'negative', data: { ...old.data, cents: -1 } },
  ])
  await shops.caughtUp()
  await worker.stop()
  const { out } = await runProgram('aggregator/main.ts', shops, ['--json'])
  expect(JSON.parse(out)).toMatchObject({
    runDate: '2001-02-04',
    quality: { findings: [{ event_type: 'order', severity: 'dead-letter', count: 1 }] },
  })
})

test('a pipeline to which nothing ever came is silent everywhere', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  const { out } = await runProgram('aggregator/main.ts', shops)
  expect(out).toContain('Data quality: no findings\n  silent for a day: shop:orders, shop:mixed\n')
})
