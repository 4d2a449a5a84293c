import type { SetAccumulator, SetField } from '../../../core/metric-sets/metric-set.ts'

const INT4_LIMIT = 2 ** 31 - 1

/** More facts than one entity can have inside one window; bounds the size of a sum. */
const FACTS_BOUND = 1e9

/** Largest magnitude that a stored value can have, in the units of its column. */
export function magnitude(field: SetField): number {
  const scale = 10 ** field.scale
  return (
    Math.max(Math.abs(field.minimum ?? Number.NEGATIVE_INFINITY), Math.abs(field.maximum ?? Number.POSITIVE_INFINITY)) *
    scale
  )
}

/** Narrow columns sum faster: PostgreSQL adds `integer` in 64 bits, `bigint` in `numeric`. */
export function fieldColumnType(field: SetField): string {
  switch (field.type) {
    case 'string':
      return 'text collate "C"'
    case 'strings':
      return 'text[]'
    case 'boolean':
      return 'boolean'
    case 'timestamp':
      return 'timestamptz'
    case 'integer':
    case 'decimal':
      return magnitude(field) <= INT4_LIMIT ? 'integer' : 'bigint'
  }
}

/** Largest magnitude of an accumulator; infinite when its field has no bounds. */
export function accumulatorMagnitude({ sum }: SetAccumulator): number {
  return FACTS_BOUND * (sum === undefined ? 1 : magnitude(sum))
}

export function accumulatorColumnType(accumulator: SetAccumulator): string {
  return accumulatorMagnitude(accumulator) < Number.MAX_SAFE_INTEGER ? 'bigint' : 'numeric'
}
