import { aggregationParallelism } from '../autoscaling/aggregation-parallelism.ts'
import type { DesiredPipeline } from './desired-pipeline.ts'
import type { Observation } from './observation.ts'
import { componentOf } from './owner.ts'

/** How many shards of the daily aggregation run side by side. While nobody says how many entities there are it stays as it is. */
export function aggregationSize({ spec }: DesiredPipeline, { signals, owned }: Observation): number {
  const { shards } = spec.aggregation
  const database = signals === undefined || 'unreachable' in signals.database ? undefined : signals.database
  const entities = database?.entities ?? null
  const asked = entities === null ? parallelismNow(owned) : undefined
  return Math.min(shards, asked ?? aggregationParallelism(shards, entities))
}

function parallelismNow(owned: Observation['owned']): number | undefined {
  const cronJob = owned.find((each) => each.kind === 'CronJob' && componentOf(each) === 'aggregation')
  const { jobTemplate } = (cronJob?.['spec'] ?? {}) as { jobTemplate?: { spec?: { parallelism?: number } } }
  return jobTemplate?.spec?.parallelism
}
