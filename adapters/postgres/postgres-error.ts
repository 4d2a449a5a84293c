/** What an error of the database asks for. */
export type PostgresErrorKind =
  /** Two transactions waited for each other, or a serialisation failed: run it again at once. */
  | 'retry'
  /** The data cannot be stored as it is: find the one entry that is to blame. */
  | 'data'
  /** The database or the way to it is in trouble: nothing is wrong with the data, wait and try again. */
  | 'infrastructure'

/**
 * Classes of SQLSTATE that speak of the data: cardinality, data exceptions, constraint violations, check options of views, limits that a value
 * exceeds, and what a trigger raises.
 */
const DATA_CLASSES = new Set(['21', '22', '23', '44', '54', 'P0'])

/** 40001 serialization_failure, 40P01 deadlock_detected. */
const RETRY_STATES = new Set(['40001', '40P01'])

/** Judges by SQLSTATE. What is not known to be the data's fault never blames the data. */
export function judgePostgresError(error: unknown): PostgresErrorKind {
  const state = sqlState(error)
  if (state === undefined) return 'infrastructure'
  if (RETRY_STATES.has(state)) return 'retry'
  return DATA_CLASSES.has(state.slice(0, 2)) ? 'data' : 'infrastructure'
}

export function sqlState(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null ? (error as { code?: unknown }).code : undefined
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined
}
