import * as z from 'zod'
import { type Environment, logLevel, parseEnvironment, wholeNumber } from '../adapters/process/environment.ts'

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
  HTTP_PORT: wholeNumber(0, 65_535)
    .default(0)
    .describe('The port of `/signals`, `/metrics`, `/livez` and `/readyz`. 0 takes any free one, which the log names.'),
  HTTP_HOST: z
    .string()
    .default('127.0.0.1')
    .describe('The address that this port is bound to; `0.0.0.0` lets other machines ask.'),
  LOG_LEVEL: logLevel.default('info').describe('The least severe log lines that are written.'),
})

export interface ExporterConfig {
  readonly pipelinesFolder: string
  readonly connectionsFolder: string
  readonly observeEveryMs: number
  /** 0: any free port. */
  readonly httpPort: number
  readonly httpHost: string
  readonly logLevel: z.infer<typeof logLevel>
}

/** Throws `ConfigurationError`, naming every variable at fault. */
export function parseExporterConfig(environment: Environment): ExporterConfig {
  const values = parseEnvironment(exporterVariables, environment)
  return {
    pipelinesFolder: values.PIPELINES_DIR,
    connectionsFolder: values.CONNECTIONS_DIR,
    observeEveryMs: values.OBSERVE_SECONDS * 1_000,
    httpPort: values.HTTP_PORT,
    httpHost: values.HTTP_HOST,
    logLevel: values.LOG_LEVEL,
  }
}
