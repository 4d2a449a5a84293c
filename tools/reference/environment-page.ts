import * as z from 'zod'
import { aggregatorVariables } from '../../aggregator/config.ts'
import { connectionVariables } from '../../cli/connections.ts'
import { exporterVariables } from '../../exporter/config.ts'
import { operatorVariables } from '../../operator/config.ts'
import { workerVariables } from '../../worker/config.ts'
import { type JsonSchema, typeText } from './json-schema.ts'
import { code, table } from './markdown.ts'
import { notice, type Page } from './page.ts'

const INTRODUCTION = `# Environment

${notice('worker/config.ts, aggregator/config.ts, exporter/config.ts, operator/config.ts and cli/connections.ts')}

What the processes are told by environment variables; all else stands in the [pipeline file](pipeline.md). Each variable may be given as
\`NAME_FILE\` instead, such as \`DATABASE_URL_FILE=/run/secrets/database-url\`: its value is then the content of that file. A variable that is
empty counts as not set. Connections that come from a file are [read again](../how-to/connections-and-roles.md) whenever one is made. A process that finds a mistake names every variable at fault and ends with exit code 2.

Whether and where telemetry is sent, all of them but the exporter are told by the \`OTEL_*\` variables: see [tracing](../tracing.md#variables).`

const PROCESSES = [
  [
    'Worker',
    '`node worker/main.ts`, or the bundle `dist/worker.mjs`. In the image it is `worker`, to which `WORKER_HEAP` says how much room V8 takes: ' +
      '`small`, the default, or `large`, for [large batches](../how-to/run-several-workers.md#one-that-does-more).',
    workerVariables,
  ],
  [
    'Aggregator',
    '`node aggregator/main.ts`, or the bundle `dist/aggregator.mjs`; its [options](cli.md#mp-aggregate) are those of `mp aggregate`, ' +
      'and `day-roll` is a command of it.',
    aggregatorVariables,
  ],
  [
    'Exporter',
    '`node exporter/main.ts`, or the bundle `dist/exporter.mjs`. What it serves is on [a page of its own](exporter.md).',
    exporterVariables,
  ],
  [
    'Operator',
    '`node operator/main.ts`, or `operator` in the image. The chart sets all of them. The cluster is the one that `KUBECONFIG` or ' +
      '`~/.kube/config` names, or else the one whose pod this is.',
    operatorVariables,
  ],
  [
    'mp',
    'Every command that reads a pipeline takes `PIPELINE_FILE` for `-f`. Without these variables `mp up` starts servers of its own, and the ' +
      'other commands use those that `mp up` has started in the same folder. Options that have a variable name it in [the reference](cli.md).',
    connectionVariables,
  ],
] as const

export const environmentPage: Page = { name: 'environment.md', write: pageText }

function pageText(): string {
  const sections = PROCESSES.map(([title, text, schema]) => `## ${title}\n\n${text}\n\n${variables(schema)}`)
  return `${[INTRODUCTION, ...sections].join('\n\n')}\n`
}

/** What a variable is when it is not set. */
function defaultOf(schema: z.ZodType): string {
  const { data } = schema.safeParse(undefined)
  return data === undefined ? '' : code(String(data))
}

function variables(schema: z.ZodObject): string {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' }) as JsonSchema
  return table(
    ['Variable', 'Value', 'Default', 'Description'],
    Object.entries(properties).map(([name, each]) => [
      code(name),
      typeText(each),
      required.includes(name) ? 'required' : defaultOf(schema.shape[name] as z.ZodType),
      each.description ?? '',
    ]),
  )
}
