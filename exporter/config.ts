import * as z from 'zod'
import { type Environment, parseEnvironment, wholeNumber } from '../adapters/process/environment.ts'
import { type ServiceConfig, serviceConfig, serviceVariables } from '../adapters/process/service-variables.ts'

export const exporterVariables = z.object({
  PIPELINES_DIR: z
    .string({ error: 'must name the folder that holds a file for each pipeline' })
    .describe('The folder with a file `<pipeline>.yaml` for each pipeline to look at. Read again whenever it changes.'),
  CONNECTIONS_DIR: z
    .string({ error: 'must name the folder that holds the connections of each pipeline' })
    .describe(
      'The folder with `<pipeline>/redis-url` and `<pipeline>/database-url`. Either may be missing. Read again before each connection is made.',
    ),
  OBSERVE_SECONDS: wholeNumber(1, 300)
    .default(5)
    .describe('How long to wait between two looks at a server of a pipeline.'),
  ...serviceVariables('`/signals`, `/metrics`, `/livez` and `/readyz`'),
})

export interface ExporterConfig extends ServiceConfig {
  readonly pipelinesFolder: string
  readonly connectionsFolder: string
  readonly observeEveryMs: number
}

/** Throws `ConfigurationError`, naming every variable at fault. */
export function parseExporterConfig(environment: Environment): ExporterConfig {
  const values = parseEnvironment(exporterVariables, environment)
  return {
    pipelinesFolder: values.PIPELINES_DIR,
    connectionsFolder: values.CONNECTIONS_DIR,
    observeEveryMs: values.OBSERVE_SECONDS * 1_000,
    ...serviceConfig(values),
  }
}
