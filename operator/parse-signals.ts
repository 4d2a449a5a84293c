import * as z from 'zod'
import type { SameType } from '../adapters/manifest/same-type.ts'
import type { PipelineSignals } from '../core/signals/pipeline-signals.ts'
import { parseInstant } from '../core/time/instant.ts'

const instant = z.string().refine((text) => 'instant' in parseInstant(text))
const count = z.int().min(0)
const perSecond = z.number().min(0)
const backlogIs = z.enum(['exact', 'at-least', 'estimated'])
const unreachable = z.object({ unreachable: z.string() })

const stream = z.object({
  stream: z.string(),
  backlog: count.nullable(),
  backlogIs,
  pending: count,
  length: count,
  entriesAdded: count.nullable(),
  state: z.enum(['ok', 'missing', 'no-group']),
})

const source = z.object({
  observedAt: instant,
  backlog: count.nullable(),
  backlogIs,
  pending: count,
  oldestEventAgeMs: z.number().nullable(),
  isDrained: z.boolean().nullable(),
  streams: z.array(stream),
})

const member = z.object({
  name: z.string(),
  lastBeatAgeMs: z.number(),
  startedAt: z.string(),
  busyMs: z.number().nullable(),
  entriesDone: count.nullable(),
})

const aggregation = z.object({
  day: z.string(),
  state: z.enum(['running', 'interrupted', 'failed', 'succeeded']),
  startedAt: instant,
  finishedAt: instant.nullable(),
  successful: count,
  failed: count,
  mismatches: count.nullable(),
  compared: count.nullable(),
})

const composite = z.object({
  scope: z.string(),
  value: z.string().nullable(),
  sampleSize: count,
  asOf: instant,
  ageMs: z.number(),
  holder: z.string(),
})

const database = z.object({
  observedAt: instant,
  migrated: z.boolean(),
  revision: z.int().nullable(),
  awaitedRevision: z.int().nullable(),
  entities: count.nullable(),
  marks: count,
  oldestMarkAgeMs: z.number().nullable(),
  unresolvedReferences: count,
  resolvableReferences: count,
  deadLetters: z.record(z.string(), count),
  asOf: z.string().nullable(),
  members: z.array(member),
  shards: z.array(z.object({ stream: z.string(), owner: z.string().nullable(), position: z.string().nullable() })),
  streamFaults: z.array(z.object({ stream: z.string(), kind: z.string(), detail: z.string(), since: z.string() })),
  overdueNextChanges: count.nullable(),
  lastAggregation: aggregation.nullable(),
  composites: z.array(composite),
})

const pipelineSignals = z.object({
  observedAt: instant,
  source: z.union([source, unreachable]),
  database: z.union([database, unreachable]),
  load: z.object({
    arrivalsPerSecond: perSecond.nullable(),
    completionsPerSecond: perSecond.nullable(),
    capacityPerWorker: perSecond.nullable(),
  }),
})

true satisfies SameType<z.output<typeof pipelineSignals>, PipelineSignals>

/**
 * Reads what an exporter says of one pipeline, as a whole or not at all: a field that an older exporter does not know would count as something that
 * is known. What a newer one says besides is left out. Throws on what is not understood.
 */
export function parseSignals(said: unknown): PipelineSignals {
  return pipelineSignals.parse(said)
}
