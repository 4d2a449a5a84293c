import { SUBJECTS } from '../../core/metric-sets/tutor-performance/subjects.ts'
import { formatInstant, type Instant, MICROS_PER_DAY } from '../../core/time/instant.ts'
import { ARCHETYPES, type Archetype, BEHAVIOURS, type Behaviour } from './archetypes.ts'
import { type PopulationOptions, startOfDay } from './calendar.ts'
import { type PopulationEvent, populationEvent } from './population-event.ts'
import { chance, createRandom, pick, pickWeighted, type Random, wholeBetween } from './random.ts'

export interface Tutor {
  readonly index: number
  readonly id: string
  readonly archetype: Archetype
  readonly behaviour: Behaviour
  readonly sessionsPerDay: number
  readonly subjects: readonly string[]
  /** The first day on which the tutor teaches. */
  readonly firstDay: number
  /** From this day on the tutor teaches no more. */
  readonly leaves: { readonly day: number; readonly status: 'inactive' | 'churned' } | undefined
  readonly onboardedAt: Instant
  /** What a profile says whenever it is published. */
  readonly profile: Readonly<Record<string, unknown>>
}

const PURPOSE = 1

const FIRST_NAMES = [
  'Ada',
  'Ben',
  'Chen',
  'Dara',
  'Elif',
  'Femi',
  'Gita',
  'Hugo',
  'Ines',
  'Jun',
  'Kofi',
  'Lena',
  'Mara',
  'Noor',
]

const LAST_NAMES = [
  'Almeida',
  'Berg',
  'Castro',
  'Diallo',
  'Evans',
  'Fischer',
  'Garcia',
  'Haddad',
  'Ito',
  'Jensen',
  'Kaya',
  'Lopez',
]

const CITIES = [
  'Austin',
  'Bristol',
  'Cape Town',
  'Denver',
  'Edinburgh',
  'Fremont',
  'Galway',
  'Halifax',
  'Izmir',
  'Jakarta',
]

const SUBJECT_TYPES = {
  STEM: SUBJECTS.slice(0, 8),
  Language: SUBJECTS.slice(8, 13),
  TestPrep: SUBJECTS.slice(13),
} as const

/** The tutor of that number. */
export function createTutor(options: PopulationOptions, index: number): Tutor {
  const random = createRandom(options.seed, PURPOSE, index)
  const archetype = pickWeighted(random, ARCHETYPES)
  const behaviour = BEHAVIOURS[archetype]
  const sessionsPerWeek = wholeBetween(random, ...behaviour.sessionsPerWeek)
  const onboardedAgo = archetype === 'new_tutor' ? wholeBetween(random, 1, 29) : wholeBetween(random, 30, 730)
  const onboardedAt = startOfDay(options, options.days - onboardedAgo)
  const subjectType = pick(random, Object.keys(SUBJECT_TYPES) as (keyof typeof SUBJECT_TYPES)[])
  const subjects = subjectsOf(random, SUBJECT_TYPES[subjectType])
  return {
    index,
    id: `tutor_${numbered(index)}`,
    archetype,
    behaviour,
    sessionsPerDay: sessionsPerWeek / 7,
    subjects,
    firstDay: Math.max(0, options.days - onboardedAgo),
    leaves: leaving(random, archetype, options.days),
    onboardedAt,
    profile: {
      ...person(random, index),
      subjects,
      subject_type: subjectType,
      behavioral_archetype: archetype,
      baseline_sessions_per_week: sessionsPerWeek,
    },
  }
}

export function profileEvent(tutor: Tutor, time: Instant, status: 'active' | 'inactive' | 'churned'): PopulationEvent {
  const onboarding = formatInstant(tutor.onboardedAt)
  return populationEvent('tutor', tutor.id, time, {
    tutor_id: tutor.id,
    ...tutor.profile,
    status,
    onboarding_date: onboarding,
    tenure_days: Math.floor((time - tutor.onboardedAt) / MICROS_PER_DAY),
    created_at: onboarding,
    updated_at: formatInstant(time),
  })
}

/** The number as part of an id, with leading zeros. */
export function numbered(index: number): string {
  return String(index).padStart(5, '0')
}

function subjectsOf(random: Random, taught: readonly string[]): readonly string[] {
  const first = wholeBetween(random, 0, taught.length - 1)
  const count = wholeBetween(random, 1, 3)
  return Array.from({ length: count }, (_, i) => taught[(first + i) % taught.length] as string)
}

function leaving(random: Random, archetype: Archetype, days: number): Tutor['leaves'] {
  const day = days - wholeBetween(random, 1, 29)
  if (day < 1) return undefined
  if (archetype === 'churner' && chance(random, 0.6)) return { day, status: 'churned' }
  return archetype === 'steady' && chance(random, 0.05) ? { day, status: 'inactive' } : undefined
}

function person(random: Random, index: number): Tutor['profile'] {
  const first = pick(random, FIRST_NAMES)
  const last = pick(random, LAST_NAMES)
  const age = wholeBetween(random, 22, 65)
  return {
    name: `${first} ${last}`,
    email: `${first}.${last}.${numbered(index)}@example.org`.toLowerCase(),
    age,
    location: pick(random, CITIES),
    education_level: educationAt(random, age),
  }
}

function educationAt(random: Random, age: number): string {
  if (age < 25) return pick(random, ['Some College', "Bachelor's"])
  if (age < 35) return pick(random, ["Bachelor's", "Bachelor's", "Master's"])
  return pick(random, ["Bachelor's", "Master's", "Master's", 'PhD'])
}
