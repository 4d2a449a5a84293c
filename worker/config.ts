import * as z from 'zod'
import {
  databaseUrl,
  type Environment,
  parseEnvironment,
  pipelineFile,
  redisUrl,
  wholeNumber,
} from '../adapters/process/environment.ts'
import { type ServiceConfig, serviceConfig, serviceVariables } from '../adapters/process/service-variables.ts'

export const workerVariables = z.object({
  PIPELINE_FILE: pipelineFile,
  COMPOSITE_FILE: z
    .string()
    .optional()
    .describe(
      'The JSON file that says when the score is calculated; read again when it changes. Left out, `spec.composite` says it.',
    ),
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
  ...serviceVariables('`/livez`, `/readyz` and `/metrics`'),
  DRAIN_SECONDS: wholeNumber(1, 3_600)
    .default(25)
    .describe('How long the worker may take to finish what it holds once it is told to stop.'),
})

export interface WorkerConfig extends ServiceConfig {
  readonly pipelineFile: string
  readonly compositeFile: string | undefined
  readonly databaseUrl: string
  readonly redisUrl: string
  readonly consumer: string
  /** How long a drain may take before the process gives up; what was not acknowledged by then stays pending. */
  readonly drainMs: number
}

/** Throws `ConfigurationError`, naming every variable at fault. */
export function parseWorkerConfig(environment: Environment): WorkerConfig {
  const values = parseEnvironment(workerVariables, environment)
  return {
    pipelineFile: values.PIPELINE_FILE,
    compositeFile: values.COMPOSITE_FILE,
    databaseUrl: values.DATABASE_URL,
    redisUrl: values.REDIS_URL,
    consumer: values.CONSUMER_NAME,
    ...serviceConfig(values),
    drainMs: values.DRAIN_SECONDS * 1_000,
  }
}
