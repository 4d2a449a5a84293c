import { resolve } from 'node:path'
import { connectionFile } from '../../adapters/process/connection-url.ts'
import type { EnvironmentValue } from '../../core/pipeline/environment-value.ts'
import type { PlannedProcess } from '../../core/pipeline/plan.ts'

/** What a plan leaves to the machine that carries it out. */
export interface LocalValues {
  readonly pipelineFile: string
  readonly compositeFile: string
  readonly databaseUrl: string
  readonly redisUrl: string
  /** Connections that were given, not made here. */
  readonly given: { readonly databaseUrl: string | undefined; readonly redisUrl: string | undefined }
}

/** The environment of one of a planned process's instances. */
export function processEnvironment(
  planned: PlannedProcess['environment'],
  own: { readonly name: string; readonly port: number },
  values: LocalValues,
): Record<string, string> {
  const resolved = (value: EnvironmentValue): string | undefined => {
    if ('value' in value) return value.value
    switch (value.from) {
      case 'pipeline-file':
        return values.pipelineFile
      case 'composite-file':
        return values.compositeFile
      case 'process-name':
        return own.name
      case 'http-port':
        return String(own.port)
      case 'database-url':
        return values.databaseUrl
      case 'redis-url':
        return values.redisUrl
      case 'otlp-headers':
        return undefined // no Secret can be read here; the environment has them, or nobody does
    }
  }
  return Object.fromEntries(
    Object.entries(planned).flatMap(([variable, value]) => {
      const file = givenAsFile(variable, value, values.given)
      if (file !== undefined) return [[`${variable}_FILE`, resolve(file)]]
      const text = resolved(value)
      return text === undefined ? [] : [[variable, text]]
    }),
  )
}

/** The file that a connection was given as: processes read it again, for it may change. */
function givenAsFile(variable: string, value: EnvironmentValue, given: LocalValues['given']): string | undefined {
  const source = 'from' in value ? value.from : undefined
  const url = source === 'database-url' ? given.databaseUrl : source === 'redis-url' ? given.redisUrl : undefined
  return url === undefined ? undefined : connectionFile(process.env, variable)
}
