import type { EventType } from '../metric-sets/metric-set.ts'
import type { Values } from '../metric-sets/value.ts'
import type { Instant } from '../time/instant.ts'

/** A live fact as metrics see it: whose it is has been decided, and what it refers to has been found. */
export interface EntityFact {
  readonly type: EventType
  /** Where it stands in time, own or through the reference; null where its type is in no window. */
  readonly at: Instant | null
  /** By field index of its type; decimals as scaled integers, null for fields that are absent or not kept. */
  readonly values: Values
  /** The values of the fact it refers to, by field index of that fact's type; null for a type without references. */
  readonly reference: Values | null
}
