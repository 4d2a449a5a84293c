import * as z from 'zod'
import { databaseUrl, type Environment, logLevel, parseEnvironment } from '../adapters/process/environment.ts'

const schema = z.object({
  PIPELINE_FILE: z.string({ error: 'must name the YAML file of the MetricsPipeline' }),
  DATABASE_URL: databaseUrl,
  LOG_LEVEL: logLevel.default('warn'),
})

export interface AggregatorConfig {
  readonly pipelineFile: string
  readonly databaseUrl: string
  readonly logLevel: z.infer<typeof logLevel>
}

/** Throws `ConfigurationError`, naming every variable at fault. */
export function parseAggregatorConfig(environment: Environment): AggregatorConfig {
  const values = parseEnvironment(schema, environment)
  return { pipelineFile: values.PIPELINE_FILE, databaseUrl: values.DATABASE_URL, logLevel: values.LOG_LEVEL }
}
