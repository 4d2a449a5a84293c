import type { OutgoingEvent } from '../../adapters/redis/event-producer.ts'
import { formatInstant, type Instant, MICROS_PER_DAY, MICROS_PER_MINUTE } from '../../core/time/instant.ts'
import { createRandom } from '../support/random.ts'

/** Workload B: the built-in set, three fact types, one of which finds its entity through another. */
export const STREAMS_B = {
  session: 'tutormax:sessions',
  feedback: 'tutormax:feedback',
  tutor_event: 'tutormax:events',
} as const

const DUPLICATES = 0.07
const DAYS_IN_WINDOW = 88
const LENGTH_MINUTES = 60

export function pipelineB(debounce: { readonly quiet: string; readonly maxWait: string }, batchSize?: number): unknown {
  return {
    apiVersion: 'metricspipelines.io/v1alpha1',
    kind: 'MetricsPipeline',
    metadata: { name: 'workload-b' },
    spec: {
      source: { redisStreams: { streams: Object.values(STREAMS_B) } },
      database: {},
      metrics: { windows: ['7d', '30d', '90d'], debounce, set: 'TutorPerformance' },
      workers: { scaling: { mode: 'Off' }, ...(batchSize === undefined ? {} : { batchSize }) },
    },
  }
}

export interface LoadB {
  readonly seed: number
  readonly entities: number
  readonly events: number
  /** Prefix of the facts' ids, so that two loads do not overlap. */
  readonly prefix: string
  readonly asOf: Instant
  readonly duplicates?: number
  /** Time of publication; left out: each event's own, when it is made. */
  readonly time?: string
}

/** Two sessions in five facts, feedback on each, and something done outside of sessions; some sent twice. */
const KINDS = ['session', 'feedback', 'session', 'feedback', 'tutor_event'] as const

export function* eventsOfB(load: LoadB): Generator<OutgoingEvent> {
  const { seed, events, duplicates = DUPLICATES } = load
  const random = createRandom(seed)
  for (let i = 0; i < events; i += 1) {
    const repeats = i > 0 && random() < duplicates
    yield eventOf(repeats ? i - 1 - Math.floor(random() * Math.min(i, 2_000)) : i, load)
  }
}

/** The same number gives the same event: that is what makes a repetition one. */
function eventOf(number: number, load: LoadB): OutgoingEvent {
  const kind = KINDS[number % KINDS.length] as (typeof KINDS)[number]
  if (kind === 'session') return session(number, load)
  return kind === 'feedback' ? feedback(number, load) : tutorEvent(number, load)
}

function session(number: number, load: LoadB): OutgoingEvent {
  const { random, tutor, at } = situation(number, load)
  const late = random() < 0.1 ? 12 : 0
  const noShow = random() < 0.05
  return event('session', number, load, {
    session_id: `${load.prefix}s${number}`,
    tutor_id: tutor,
    student_id: `student_${Math.floor(random() * 20_000)}`,
    session_number: 1 + Math.floor(random() * 4),
    is_first_session: false,
    scheduled_start: formatInstant(at),
    ...(noShow ? {} : { actual_start: formatInstant(at + late * MICROS_PER_MINUTE) }),
    duration_minutes: LENGTH_MINUTES,
    subject: 'Algebra',
    session_type: '1-on-1',
    tutor_initiated_reschedule: random() < 0.08,
    no_show: noShow,
    late_start_minutes: noShow ? 0 : late,
    engagement_score: noShow ? 0 : Math.round(random() * 1_000) / 1_000,
    learning_objectives_met: !noShow && random() < 0.9,
    technical_issues: false,
    created_at: formatInstant(at),
    updated_at: formatInstant(at + LENGTH_MINUTES * MICROS_PER_MINUTE),
  })
}

/** On the session published just before. */
function feedback(number: number, load: LoadB): OutgoingEvent {
  const { random, tutor, at } = situation(number - 1, load)
  const submitted = formatInstant(at + 2 * LENGTH_MINUTES * MICROS_PER_MINUTE)
  return event('feedback', number, load, {
    feedback_id: `${load.prefix}f${number}`,
    session_id: `${load.prefix}s${number - 1}`,
    student_id: 'student_1',
    tutor_id: tutor,
    overall_rating: 1 + Math.floor(random() * 5),
    is_first_session: false,
    submitted_at: submitted,
    created_at: submitted,
  })
}

function tutorEvent(number: number, load: LoadB): OutgoingEvent {
  const { random, tutor, at } = situation(number, load)
  const isLogin = random() < 0.6
  return event('tutor_event', number, load, {
    event_id: `${load.prefix}e${number}`,
    tutor_id: tutor,
    event_type: isLogin ? 'login' : 'message_response',
    event_timestamp: formatInstant(at),
    metadata: isLogin ? {} : { response_time_minutes: Math.round(random() * 6_000) / 100 },
  })
}

/** Whose the fact with a number is, and when; a feedback shares its session's. */
function situation(number: number, { entities, asOf }: LoadB) {
  const random = createRandom(number * 7_919 + 17)
  const tutor = `tutor_${Math.floor(random() * entities)}`
  const at = asOf - MICROS_PER_DAY - Math.floor(random() * DAYS_IN_WINDOW * 1_440) * MICROS_PER_MINUTE
  return { random, tutor, at }
}

function event(
  type: keyof typeof STREAMS_B,
  number: number,
  { prefix, time }: LoadB,
  data: OutgoingEvent['data'],
): OutgoingEvent {
  return { stream: STREAMS_B[type], type, id: `${prefix}${number}`, ...(time === undefined ? {} : { time }), data }
}
