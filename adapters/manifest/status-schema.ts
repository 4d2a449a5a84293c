import * as z from 'zod'
import type { PipelineStatus } from '../../core/operator/status.ts'
import { keyedBy } from './cluster-rules.ts'
import type { SameType } from './same-type.ts'

const instant = z.string().meta({ format: 'date-time' })
const count = z.int().min(0)

const conditionSchema = z.strictObject({
  type: z
    .enum([
      'Ready',
      'WorkersAvailable',
      'ScalingActive',
      'MigrationsApplied',
      'SourceReachable',
      'DatabaseReachable',
      'MetricsAvailable',
      'AggregationHealthy',
      'CompositeFresh',
      'Parity',
      'StreamsIntact',
      'Drained',
      'UpgradeAvailable',
    ])
    // An older CRD has to take what a newer operator says, so it does not know them all.
    .meta({ enum: undefined, pattern: '^[A-Z][A-Za-z]*$', maxLength: 316 })
    .describe('What the condition is about.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether it holds. Unknown: it could not be seen.'),
  reason: z
    .string()
    .regex(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/)
    .max(1024)
    .describe('Why, in one word that programs can rely on.'),
  message: z.string().max(32_768).describe('Why, in words, and what to do about it.'),
  observedGeneration: count.describe('The generation of the spec that this was said about.'),
  lastTransitionTime: instant.describe('When `status` last changed.'),
})

const shardSchema = z.strictObject({
  stream: z.string().describe("The shard's stream."),
  owner: z.string().exactOptional().describe('The worker that reads it. Left out while none does.'),
  position: z.string().exactOptional().describe('The last entry of it that is committed.'),
})

const aggregationSchema = z.strictObject({
  day: z.string().describe('The UTC day that it was about.'),
  state: z.enum(['Running', 'Succeeded', 'Failed']).describe('How it ended, or that it has not.'),
  startedAt: instant.describe('When it began.'),
  finishedAt: instant.exactOptional().describe('When it ended.'),
  entities: count.describe('Entities that got their row of the day.'),
  failures: count.describe('Entities that did not.'),
  parity: z
    .strictObject({
      compared: count.describe('Live rows that were compared with a recomputation.'),
      mismatches: count.describe('Those of them that differed.'),
    })
    .exactOptional()
    .describe('What the comparison of live rows with a recomputation found.'),
  duration: z.string().exactOptional().describe('How long it took.'),
})

const score = {
  value: z.string().exactOptional().describe('The score. Left out where there was no data.'),
  asOf: instant.describe('As of when.'),
  sampleSize: count.describe('On how much it rests: what the `sample` of its definition comes to.'),
}

const compositeSchema = z.strictObject({
  ...score,
  holder: z.string().describe('The worker that calculated it.'),
  scopes: z
    .array(z.strictObject({ scope: z.string().describe('Which entities: `<group>=<value>`.'), ...score }))
    .meta(keyedBy('scope'))
    .exactOptional()
    .describe('The scores of groups of entities.'),
})

const perSecond = z.number().min(0)

const autoscalingSchema = z.strictObject({
  mode: z
    .enum(['Internal', 'External', 'Advisory', 'Off'])
    .meta({ enum: undefined }) // as with conditions: a newer operator may know others
    .describe('As `spec.workers.scaling.mode` is.'),
  replicas: count.describe('Workers that are asked for.'),
  wanted: count
    .exactOptional()
    .describe('How many the load alone asks for, before bounds and waiting. Left out while nobody knows.'),
  reason: z.string().describe('Why there are as many, in one word.'),
  message: z.string().describe('Why, in words and numbers, and what would change it.'),
  decidedAt: instant.describe('When the number or the reason last changed.'),
  lastScaleAt: instant.exactOptional().describe('When the number last changed.'),
  arrivalsPerSecond: perSecond.exactOptional().describe('Entries that producers add in a second.'),
  capacityPerWorker: perSecond.exactOptional().describe('Entries that one worker commits in a second of work.'),
  idleSince: instant.exactOptional().describe('Since when there is nothing to do. Left out while there is.'),
})

/** What the operator reports; nobody writes it by hand. */
export const statusSchema = z
  .strictObject({
    observedGeneration: count.describe('The generation of the spec that this status is about.'),
    conditions: z
      .array(conditionSchema)
      .meta(keyedBy('type'))
      .describe('What holds and what does not, each with its reason.'),
    replicas: count.describe('Worker pods there are.'),
    readyReplicas: count.describe('Worker pods that are ready.'),
    selector: z.string().describe('The label selector of the worker pods, for whoever scales the pipeline.'),
    image: z.string().describe('The image that the processes run.'),
    workers: z.string().describe('Ready and wanted workers: 2/3.'),
    backlog: count
      .exactOptional()
      .describe('Entries that are not committed yet: not read, or read and not acknowledged. Left out while unknown.'),
    oldestEventAge: z
      .string()
      .exactOptional()
      .describe('How long the oldest of them has waited. Left out when there is none, or while unknown.'),
    shards: z.array(shardSchema).meta(keyedBy('stream')).exactOptional().describe('The shards of a sharded source.'),
    lastAggregation: aggregationSchema.exactOptional().describe('The latest daily aggregation.'),
    composite: compositeSchema
      .exactOptional()
      .describe('The score of all entities together, where `spec.composite` asks for it.'),
    autoscaling: autoscalingSchema.exactOptional().describe('How many workers there are, and why.'),
    operatorVersion: z.string().describe('The version of the operator that wrote this.'),
  })
  .describe('What the operator says of the pipeline.')

true satisfies SameType<z.output<typeof statusSchema>, PipelineStatus>
