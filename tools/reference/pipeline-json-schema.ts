import * as z from 'zod'
import { pipelineSchema } from '../../adapters/manifest/pipeline-schema.ts'
import type { JsonSchema } from './json-schema.ts'

/** The schema of pipeline files, as users write them. */
export const PIPELINE_SCHEMA = z.toJSONSchema(pipelineSchema, { io: 'input' }) as JsonSchema

/** What a section of `spec` consists of. */
export function sectionsOf(schema: JsonSchema): readonly (readonly [name: string, schema: JsonSchema])[] {
  return Object.entries(schema.properties?.['spec']?.properties ?? {})
}

/** The definitions that fields refer to by name. `Connection` belongs to pipelines, all others to metric sets. */
export function definitionsOf(
  schema: JsonSchema,
  of: 'pipeline' | 'metric-sets',
): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries(
    Object.entries(schema.$defs ?? {}).filter(
      ([name]) => !name.startsWith('__') && (name === 'Connection') === (of === 'pipeline'),
    ),
  )
}
