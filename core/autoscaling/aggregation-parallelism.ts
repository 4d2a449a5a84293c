/** Entities a second that one aggregator writes, with fifty facts each. */
const PER_SECOND = 40_000

/** So soon a day should be aggregated, as far as shards allow it. */
const WITHIN_SECONDS = 10

/**
 * How many of the aggregation's shards run side by side: one at a time in a small pipeline, more where there are many entities, all where
 * nobody has counted them. The connection budget has room for all (`aggregatorConnections`), and a spec that leaves less is refused.
 */
export function aggregationParallelism(shards: number, entities: number | null): number {
  if (entities === null) return shards
  return Math.max(1, Math.min(shards, Math.ceil(entities / (PER_SECOND * WITHIN_SECONDS))))
}
