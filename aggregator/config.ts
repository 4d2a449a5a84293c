import * as z from 'zod'
import {
  databaseUrl,
  type Environment,
  logLevel,
  parseEnvironment,
  pipelineFile,
} from '../adapters/process/environment.ts'

export const aggregatorVariables = z.object({
  PIPELINE_FILE: pipelineFile,
  DATABASE_URL: databaseUrl,
  LOG_LEVEL: logLevel
    .default('warn')
    .describe('The least severe log lines that are written, to standard error. `-v` and `-q` win.'),
})

export interface AggregatorConfig {
  readonly pipelineFile: string
  readonly databaseUrl: string
  readonly logLevel: z.infer<typeof logLevel>
}

/** Throws `ConfigurationError`, naming every variable at fault. */
export function parseAggregatorConfig(environment: Environment): AggregatorConfig {
  const values = parseEnvironment(aggregatorVariables, environment)
  return { pipelineFile: values.PIPELINE_FILE, databaseUrl: values.DATABASE_URL, logLevel: values.LOG_LEVEL }
}
