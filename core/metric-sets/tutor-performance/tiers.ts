import type { TierRules } from '../definition.ts'

const SHARED_FLAGS: TierRules['flags'] = {
  avg_rating: { green: { atLeast: 4.5 }, red: { below: 3.5 } },
  first_session_success_rate: { green: { atLeast: 85 }, red: { below: 70 } },
  reschedule_rate: { green: { atMost: 10 }, red: { above: 15 } },
  engagement_score: { green: { atLeast: 80 }, red: { below: 60 } },
  learning_objectives_met_pct: { green: { atLeast: 90 }, red: { below: 80 } },
}

const ORDER: TierRules['order'] = [
  { tier: 'Exemplary', when: { green: { atLeast: 5 }, red: { equals: 0 } } },
  { tier: 'At Risk', when: { red: { atLeast: 3 } } },
  { tier: 'Needs Attention', when: { red: { atLeast: 1 } } },
  { tier: 'Strong', when: { green: { atLeast: 3 } } },
  { tier: 'Developing' },
]

/**
 * Judges no-shows by their rate, so that a tier means the same in each window and for any volume of sessions, and judges nobody by fewer
 * than three sessions.
 */
export const DEFAULT_TIERS: TierRules = {
  version: 1,
  flags: { ...SHARED_FLAGS, no_show_rate: { green: { atMost: 0 }, red: { above: 5 } } },
  order: ORDER,
  minimum: { sessions: 3 },
}

/** The original table to the letter: an absolute number of no-shows, and a tier even for those who had no session. */
export const ORIGINAL_TIERS: TierRules = {
  version: 1,
  flags: { ...SHARED_FLAGS, no_show_count: { green: { equals: 0 }, red: { above: 3 } } },
  order: ORDER,
}
