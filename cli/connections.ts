import * as z from 'zod'
import { databaseUrl, parseEnvironment, redisUrl } from '../adapters/process/environment.ts'
import { ConfigurationError } from '../adapters/process/run-process.ts'
import { readLocalState } from './up/state-folder.ts'

export const connectionVariables = z.object({ DATABASE_URL: databaseUrl.optional(), REDIS_URL: redisUrl.optional() })

/** Connections that the environment names; either may be missing. Throws `ConfigurationError` when one is no URL. */
export function givenConnections(): {
  readonly databaseUrl: string | undefined
  readonly redisUrl: string | undefined
} {
  const { DATABASE_URL, REDIS_URL } = parseEnvironment(connectionVariables, process.env)
  return { databaseUrl: DATABASE_URL, redisUrl: REDIS_URL }
}

/** The pipeline's database: DATABASE_URL, or what `mp up` runs here. */
export function databaseUrlOf(pipeline: string): string {
  return givenConnections().databaseUrl ?? readLocalState(pipeline)?.databaseUrl ?? missing('DATABASE_URL', pipeline)
}

/** The pipeline's Redis: REDIS_URL, or what `mp up` runs here. */
export function redisUrlOf(pipeline: string): string {
  return givenConnections().redisUrl ?? readLocalState(pipeline)?.redisUrl ?? missing('REDIS_URL', pipeline)
}

function missing(variable: string, pipeline: string): never {
  throw new ConfigurationError([
    `${variable} is not set, and no mp up for the pipeline ${pipeline} runs in this folder; set it, or start mp up`,
  ])
}
