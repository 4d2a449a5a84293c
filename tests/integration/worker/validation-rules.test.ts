import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { loadPipeline } from '../../../adapters/manifest/load-pipeline.ts'
import { TUTOR_PERFORMANCE } from '../../../core/metric-sets/tutor-performance/definition.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { feedback, profile, session, type TutorEvent, tutorEvent } from '../../support/tutor-events.ts'

// Each rule of the tutor set, broken by one event that a worker reads: an error ends in a dead letter with the rule's message, a warning
// in a fact and a count. What fields demand of their values, and where each rule begins to hold, stands in the unit tests of the set.

const RULES = Object.entries(TUTOR_PERFORMANCE.events).flatMap(([type, { rules = [] }]) =>
  rules.map((rule) => ({ type, ...rule })),
)

const LONG_AGO = new Date(Date.now() - 3 * 86_400_000).toISOString()

const BROKEN: Readonly<Record<string, TutorEvent>> = {
  'created-before-onboarding': profile({ created_at: LONG_AGO }),
  'no-show-with-start': session({ no_show: true, engagement_score: 0 }),
  'late-beyond-end': session({ late_start_minutes: 31, duration_minutes: 30 }),
  'past-without-start': session({ actual_start: null, scheduled_start: LONG_AGO }),
  'lateness-disagrees': session({ scheduled_start: LONG_AGO }),
  'first-session-number': session({ is_first_session: true, session_number: 2 }),
  'no-show-engaged': session({ no_show: true, actual_start: null, engagement_score: 0.2 }),
  'unusual-duration': session({ duration_minutes: 61 }),
  'created-before-submitted': feedback({ created_at: LONG_AGO }),
  'first-session-recommendation': feedback({ is_first_session: true }),
  'first-session-improvements': feedback({ is_first_session: true, would_recommend: true }),
  'low-first-session-unexplained': feedback({
    is_first_session: true,
    would_recommend: true,
    overall_rating: 3,
    improvement_areas: [],
  }),
  'low-rating-unexplained': feedback({ overall_rating: 2 }),
  'overall-far-from-categories': feedback({
    subject_knowledge_rating: 3,
    communication_rating: 3,
    patience_rating: 3,
    engagement_rating: 3,
    helpfulness_rating: 3,
  }),
  'recommended-though-poor': feedback({ overall_rating: 2, would_recommend: true, free_text_feedback: 'x'.repeat(10) }),
  'good-yet-not-recommended': feedback({ would_recommend: false }),
}

let tutors: PipelineOnServers

beforeAll(async () => {
  tutors = await PipelineOnServers.open(await loadPipeline('examples/tutor-performance.yaml'))
  await tutors.startWorker()
})

afterAll(() => tutors?.[Symbol.asyncDispose]())

beforeEach(async () => {
  await tutors.db.query(
    'truncate fact_tutor, fact_session, fact_feedback, fact_tutor_event, mp_quality_count, mp_dead_letter',
  )
})

async function worked(event: TutorEvent): Promise<{ readonly facts: number; readonly quality: readonly unknown[] }> {
  await tutors.publish([event])
  await tutors.caughtUp()
  const { rows } = await tutors.db.query('select event_type, rule, severity, count::int from mp_quality_count')
  return { facts: await tutors.count(`fact_${event.type}`), quality: rows }
}

test('there is an event for each rule', () => {
  expect(Object.keys(BROKEN).sort()).toEqual(RULES.map(({ name }) => name).sort())
})

test.each([profile(), session(), feedback(), tutorEvent()])('nothing is odd: $type', async (event) => {
  expect(await worked(event)).toEqual({ facts: 1, quality: [] })
  expect(await tutors.letters()).toEqual([])
})

test.each(RULES.filter(({ severity }) => severity === 'error'))('$type: $name refuses the event', async (rule) => {
  expect(await worked(BROKEN[rule.name] as TutorEvent)).toEqual({ facts: 0, quality: [] })
  expect(await tutors.letters()).toMatchObject([
    { event_type: rule.type, reason: 'rule-violated', details: [`${rule.name}: ${rule.message}`] },
  ])
})

test.each(RULES.filter(({ severity }) => severity === 'warning'))('$type: $name is counted', async ({ name, type }) => {
  expect(await worked(BROKEN[name] as TutorEvent)).toEqual({
    facts: 1,
    quality: [{ event_type: type, rule: name, severity: 'warning', count: 1 }],
  })
  expect(await tutors.letters()).toEqual([])
})

test('a value that is left out is counted under the name of its field', async () => {
  const event = tutorEvent({ event_type: 'message_response', metadata: { response_time_minutes: 'soon' } })
  expect(await worked(event)).toEqual({
    facts: 1,
    quality: [{ event_type: 'tutor_event', rule: 'invalid-response_time_minutes', severity: 'warning', count: 1 }],
  })
})
