import type { JsonSchema } from './json-schema.ts'
import { notice, type Page } from './page.ts'
import { definitionsOf, PIPELINE_SCHEMA, sectionsOf } from './pipeline-json-schema.ts'
import { definitionTable, fieldTable } from './schema-tables.ts'

const INTRODUCTION = `# MetricsPipeline

${notice('adapters/manifest/pipeline-schema.ts')}

Every field of a pipeline file, with its type, its default and what it does. \`mp validate -f <file>\` checks a file against this page and
against what no single field can say. Durations are written as in Kubernetes objects: \`500ms\`, \`30s\`, \`1h30m\`, \`7d\`. Fields that are not
listed are refused. What \`spec.metrics.definition\` may say has a page of its own: [metric sets](metric-sets.md).

In a cluster \`kubectl apply\` refuses the same, as far as an API server can know; the operator tells the rest in the
[condition \`Ready\`](status.md#conditions). \`kubectl explain mp.spec\` shows this page there.`

export const pipelinePage: Page = { name: 'pipeline.md', write: () => pageText(PIPELINE_SCHEMA) }

type Field = ReturnType<typeof sectionsOf>[number]

function pageText(schema: JsonSchema): string {
  const { spec = {}, ...object } = schema.properties ?? {}
  const [single, grouped] = partition(sectionsOf(schema))
  const sections = [
    section('Object', { ...schema, properties: object }),
    section('spec', { ...spec, properties: Object.fromEntries(single) }),
    ...grouped.map(([name, each]) => section(`spec.${name}`, withoutDefinition(each))),
    ...Object.entries(definitionsOf(schema, 'pipeline')).map(([name, each]) =>
      [`## ${name}`, each.description, definitionTable(each, {})].filter(Boolean).join('\n\n'),
    ),
  ]
  return `${[INTRODUCTION, ...sections].join('\n\n')}\n`
}

/** Single fields, and those that group others. */
function partition(fields: readonly Field[]): readonly [readonly Field[], readonly Field[]] {
  const isGroup = ([, { properties }]: Field) => properties !== undefined
  return [fields.filter((field) => !isGroup(field)), fields.filter(isGroup)]
}

function section(title: string, schema: JsonSchema): string {
  return [`## ${title}`, schema.description, fieldTable(schema)].filter(Boolean).join('\n\n')
}

/** Described on the page of metric sets. */
function withoutDefinition(schema: JsonSchema): JsonSchema {
  const { definition, ...others } = schema.properties ?? {}
  if (definition === undefined) return schema
  const { properties: _, ...rest } = definition
  const description = `${definition.description} See [metric sets](metric-sets.md).`
  const { set, ...after } = others
  return { ...schema, properties: { ...(set && { set }), definition: { ...rest, description }, ...after } }
}
