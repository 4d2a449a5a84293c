import * as z from 'zod'
import {
  databaseUrl,
  type Environment,
  logLevel,
  parseEnvironment,
  redisUrl,
  wholeNumber,
} from '../adapters/process/environment.ts'

const schema = z.object({
  PIPELINE_FILE: z.string({ error: 'must name the YAML file of the MetricsPipeline' }),
  DATABASE_URL: databaseUrl,
  REDIS_URL: redisUrl,
  CONSUMER_NAME: z
    .string({
      error: 'must name this worker within its group, stable over restarts: its pending entries are found by it',
    })
    .regex(/^[\w.:-]{1,128}$/, { error: 'must have 1 to 128 letters, digits, dots, colons, dashes or underscores' }),
  HTTP_PORT: wholeNumber(0, 65_535).default(0),
  HTTP_HOST: z.string().default('127.0.0.1'),
  LOG_LEVEL: logLevel.default('info'),
  DRAIN_SECONDS: wholeNumber(1, 3_600).default(25),
})

export interface WorkerConfig {
  readonly pipelineFile: string
  readonly databaseUrl: string
  readonly redisUrl: string
  readonly consumer: string
  /** 0: any free port. */
  readonly httpPort: number
  readonly httpHost: string
  readonly logLevel: z.infer<typeof logLevel>
  /** How long a drain may take before the process gives up; what was not acknowledged by then stays pending. */
  readonly drainMs: number
}

/** Throws `ConfigurationError`, naming every variable at fault. */
export function parseWorkerConfig(environment: Environment): WorkerConfig {
  const values = parseEnvironment(schema, environment)
  return {
    pipelineFile: values.PIPELINE_FILE,
    databaseUrl: values.DATABASE_URL,
    redisUrl: values.REDIS_URL,
    consumer: values.CONSUMER_NAME,
    httpPort: values.HTTP_PORT,
    httpHost: values.HTTP_HOST,
    logLevel: values.LOG_LEVEL,
    drainMs: values.DRAIN_SECONDS * 1_000,
  }
}
