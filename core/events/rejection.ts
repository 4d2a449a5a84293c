/** Why an entry became a dead letter. Stored, counted and documented under these names. */
export const REJECTION_REASONS = [
  'invalid-json',
  'invalid-envelope',
  'wrong-checksum',
  'unknown-event-type',
  'missing-event-id',
  'missing-field',
  'invalid-field',
  'rule-violated',
  'too-old',
  'refused-by-database',
  'kills-the-worker',
] as const

export type RejectionReason = (typeof REJECTION_REASONS)[number]

export interface Rejection {
  readonly reason: RejectionReason
  /** One line per problem, naming the field and what was expected; never the whole payload. */
  readonly details: readonly string[]
}
