import { STALENESS_MARGIN_MS } from '../../core/composite/margin.ts'
import { MARGIN_REASON, NOTHING_TO_CALCULATE } from '../../core/pipeline/check-composite.ts'
import {
  AGGREGATION_CONNECTIONS,
  DAY_ROLL_CONNECTIONS,
  FEWEST_CONNECTIONS,
} from '../../core/pipeline/connection-budget.ts'
import { type ClusterRule, cel, valueIs } from './cluster-rules.ts'
import { allDifferent, noLonger } from './duration-rules.ts'

/** What holds between the fields of a pipeline, and what may not change, as API servers check it. */

export const NO_DEAD_LETTERS: ClusterRule = {
  rule: '!self.endsWith(":dead_letter")',
  messageExpression: valueIs('where refused entries go; reading it would refuse them again and again'),
}

export const STREAMS_OR_SHARDED: readonly ClusterRule[] = [
  {
    rule: '!(has(self.streams) && has(self.sharded))',
    message: 'a source has either streams or sharded; remove one',
    fieldPath: '.streams',
  },
  {
    rule: 'has(self.streams) || has(self.sharded)',
    message: 'nothing says what to read; write streams or sharded',
  },
]

export const SHARDED_STAYS: ClusterRule = {
  rule: '!has(oldSelf.sharded) || (has(self.sharded) && self.sharded == oldSelf.sharded)',
  message: 'cannot be changed, for entries would stay in the former streams; make another pipeline and backfill it',
  fieldPath: '.sharded',
}

/** On a laptop the environment names servers, or they are started there. */
export const CONNECTIONS_GIVEN: readonly ClusterRule[] = [
  connectionGiven('source.redisStreams', 'Redis'),
  connectionGiven('database', 'PostgreSQL'),
]

function connectionGiven(section: string, server: string): ClusterRule {
  return {
    rule: `has(self.${section}.connection)`,
    message: `is missing; name the Secret and the key that hold the ${server} URL`,
    fieldPath: `.${section}.connection`,
  }
}

export const SCHEMA_STAYS: ClusterRule = {
  rule: 'self == oldSelf',
  message: 'cannot be changed, for the tables would stay in the former schema; make another pipeline and backfill it',
}

/** An API server judges the default too, `{}`, before what is in it by default. */
export const QUIET_WITHIN_MAX_WAIT: ClusterRule = {
  rule: `!has(self.quiet) || !has(self.maxWait) || ${noLonger('self.quiet', 'self.maxWait')}`,
  messageExpression: `${valueIs('longer than maxWait, "', 'self.quiet')} + self.maxWait + ${cel('"; an entity cannot wait for a pause longer than it waits at all')}`,
  fieldPath: '.quiet',
}

export const SET_OR_DEFINITION: readonly ClusterRule[] = [
  {
    rule: '!(has(self.set) && has(self.definition))',
    message: 'a pipeline has either a built-in set or a definition; remove one',
    fieldPath: '.set',
  },
  {
    rule: 'has(self.set) || has(self.definition)',
    message: 'nothing says what to measure; write set or definition',
  },
]

export const WINDOWS_DIFFER: ClusterRule = {
  rule: allDifferent('self'),
  message: 'a window is listed twice; name each once',
}

/** What a result may take before it is replaced has to fit between the two. */
export const INTERVAL_WITHIN_AGE: ClusterRule = {
  rule: `!has(self.minInterval) || !has(self.maxStale) || ${noLonger('self.minInterval', 'self.maxStale', STALENESS_MARGIN_MS)}`,
  messageExpression: `${valueIs('too close to maxStale, "', 'self.minInterval')} + self.maxStale + ${cel(`"; ${MARGIN_REASON}`)}`,
  fieldPath: '.minInterval',
}

export const COMPOSITE_DECLARED: ClusterRule = {
  rule: '!has(self.composite) || !has(self.metrics.definition) || has(self.metrics.definition.composite)',
  message: NOTHING_TO_CALCULATE,
  fieldPath: '.composite',
}

/** A number in a message would cost an API server more than all rules together may. */
export const LEAST_WITHIN_MOST: ClusterRule = {
  rule: '!has(self.minReplicas) || !has(self.maxReplicas) || self.minReplicas <= self.maxReplicas',
  message: 'is more than maxReplicas',
  fieldPath: '.minReplicas',
}

/** By whatever says how many workers there are at least. */
const WORKERS = '(self.workers.scaling.mode == "Internal" ? self.workers.scaling.minReplicas : self.workers.replicas)'

/** The sum itself would cost an API server more than a message may. */
export const ENOUGH_CONNECTIONS: ClusterRule = {
  rule: `self.database.maxConnections >= self.aggregation.shards * ${AGGREGATION_CONNECTIONS} + ${DAY_ROLL_CONNECTIONS} + (${WORKERS} > 1 ? ${WORKERS} : 1) * ${FEWEST_CONNECTIONS}`,
  message: `is too few; write at least ${FEWEST_CONNECTIONS} for each worker, ${AGGREGATION_CONNECTIONS} for each aggregation shard, and ${DAY_ROLL_CONNECTIONS} more`,
  fieldPath: '.database.maxConnections',
}
