import type { JsonSchema } from './json-schema.ts'
import { fillMarkers, type Page } from './page.ts'
import { definitionsOf, PIPELINE_SCHEMA, sectionsOf } from './pipeline-json-schema.ts'
import { definitionTable, fieldTable } from './schema-tables.ts'

/** The vocabulary's tables, between words that explain it. */
export const metricSetsPage: Page = { name: 'metric-sets.md', write: (current) => fillMarkers(current, parts()) }

function parts(): ReadonlyMap<string, string> {
  const all = PIPELINE_SCHEMA.$defs ?? {}
  const definitions = Object.entries(definitionsOf(PIPELINE_SCHEMA, 'metric-sets'))
  return new Map([
    ['definition', fieldTable(definitionSchema())],
    ...definitions.map(([name, each]) => [name, definitionTable(each, all)] as const),
  ])
}

function definitionSchema(): JsonSchema {
  const [, metrics] = sectionsOf(PIPELINE_SCHEMA).find(([name]) => name === 'metrics') ?? []
  return metrics?.properties?.['definition'] ?? {}
}
