import * as z from 'zod'
import {
  databaseUrl,
  type Environment,
  logLevel,
  parseEnvironment,
  pipelineFile,
  redisUrl,
  wholeNumber,
} from '../adapters/process/environment.ts'

export const workerVariables = z.object({
  PIPELINE_FILE: pipelineFile,
  DATABASE_URL: databaseUrl,
  REDIS_URL: redisUrl,
  CONSUMER_NAME: z
    .string({
      error: 'must name this worker within its group, stable over restarts: its pending entries are found by it',
    })
    .regex(/^[\w.:-]{1,128}$/, { error: 'must have 1 to 128 letters, digits, dots, colons, dashes or underscores' })
    .describe(
      'The name of this worker within its consumer group: no other has it, and it keeps it over restarts, for its pending entries are found by it.',
    ),
  HTTP_PORT: wholeNumber(0, 65_535)
    .default(0)
    .describe('The port of `/livez`, `/readyz` and `/metrics`. 0 takes any free one, which the log names.'),
  HTTP_HOST: z
    .string()
    .default('127.0.0.1')
    .describe('The address that this port is bound to; `0.0.0.0` lets other machines ask.'),
  LOG_LEVEL: logLevel.default('info').describe('The least severe log lines that are written.'),
  DRAIN_SECONDS: wholeNumber(1, 3_600)
    .default(25)
    .describe('How long the worker may take to finish what it holds once it is told to stop.'),
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
  const values = parseEnvironment(workerVariables, environment)
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
