import type { DatabaseSignals } from './pipeline-signals.ts'

/** What is seen of a schema that was never migrated. */
export const EMPTY_DATABASE: DatabaseSignals = {
  migrated: false,
  revision: null,
  awaitedRevision: null,
  entities: null,
  marks: 0,
  oldestMarkAgeMs: null,
  unresolvedReferences: 0,
  resolvableReferences: 0,
  deadLetters: {},
  asOf: null,
  members: [],
  shards: [],
  streamFaults: [],
  overdueNextChanges: null,
  lastAggregation: null,
  composites: [],
}
