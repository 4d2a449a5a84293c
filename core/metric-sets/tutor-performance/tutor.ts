import type { EventDefinition } from '../definition.ts'
import { SUBJECTS } from './subjects.ts'

/** A tutor's profile. Only the status is kept; the rest is checked, so that bad records are seen where they arise. */
export const TUTOR: EventDefinition = {
  description:
    'A profile. It is in no window, and its status alone is kept: it says whom the daily aggregation covers. ' +
    'Times need an offset; the original read them in the zone of whichever host it ran on.',
  streams: ['tutormax:tutors', 'tutormax:tutors:enrichment'],
  id: 'tutor_id',
  entity: 'tutor_id',
  fields: {
    tutor_id: { type: 'string', minLength: 1, maxLength: 50 },
    status: {
      type: 'string',
      required: false,
      oneOf: ['active', 'inactive', 'churned'],
      description:
        'Active when absent, as in the table. The original accepts `suspended`, which its table cannot hold, refuses `churned`, ' +
        'which it can, and lets a record without a status pass validation only to fail in the next stage.',
    },
    name: {
      type: 'string',
      store: false,
      minLength: 1,
      maxLength: 200,
      description:
        'As long as the column. The original lets 255 characters through, and its database then refuses the batch.',
    },
    email: {
      type: 'string',
      store: false,
      maxLength: 255,
      format: 'email',
      description: 'As long as the column; the original sets no limit.',
    },
    age: { type: 'integer', store: false, minimum: 22, maximum: 65, description: 'Years. `true` is no number here.' },
    location: {
      type: 'string',
      store: false,
      minLength: 1,
      maxLength: 200,
      description: 'As long as the column; the original lets 255 characters through.',
    },
    education_level: { type: 'string', store: false, minLength: 1, maxLength: 100 },
    subjects: { type: 'strings', store: false, minItems: 1, maxItems: 10, oneOf: SUBJECTS },
    subject_type: { type: 'string', store: false, oneOf: ['STEM', 'Language', 'TestPrep'] },
    onboarding_date: { type: 'timestamp', store: false, maxAhead: '0s' },
    tenure_days: { type: 'integer', store: false, minimum: 0 },
    behavioral_archetype: {
      type: 'string',
      store: false,
      oneOf: ['high_performer', 'at_risk', 'new_tutor', 'steady', 'churner'],
      description:
        'A label of generated data. It must not become an input of any metric, for it gives the outcome away.',
    },
    baseline_sessions_per_week: {
      type: 'decimal',
      decimals: 2,
      store: false,
      minimum: 5,
      maximum: 30,
      description: 'Fractions are welcome, as in the column; the original insists on whole numbers.',
    },
    created_at: { type: 'timestamp', store: false, maxAhead: '0s' },
    updated_at: { type: 'timestamp', store: false, maxAhead: '0s' },
  },
  rules: [
    {
      name: 'created-before-onboarding',
      severity: 'warning',
      require: { compare: [{ minutesBetween: ['onboarding_date', 'created_at'] }, 'atLeast', 0] },
      message: 'the profile is older than the onboarding it describes',
    },
  ],
}
