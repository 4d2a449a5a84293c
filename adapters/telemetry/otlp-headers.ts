import { readFileSync } from 'node:fs'
import type { Logger } from './create-logger.ts'

/** Credentials stand in these, as `name=value` with commas between. */
const HEADERS = [
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_EXPORTER_OTLP_TRACES_HEADERS',
  'OTEL_EXPORTER_OTLP_METRICS_HEADERS',
] as const

type Environment = Record<string, string | undefined>

/** Like every secret, headers may be given as a file. The SDK reads variables only, so this fills them in. */
export function readHeaders(environment: Environment, log: Logger): void {
  for (const name of HEADERS) {
    const file = environment[`${name}_FILE`] ?? ''
    if ((environment[name] ?? '') !== '' || file === '') continue
    try {
      environment[name] = readFileSync(file, 'utf8').trim()
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      log.warn({ variable: `${name}_FILE`, file, code }, 'the headers for telemetry cannot be read')
    }
  }
}

/** The text without any header's value, as it stands in the variable or as it is sent. */
export function withoutHeaders(text: string, environment: Environment): string {
  return secretsIn(environment).reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
}

/** The longest first: one may be a part of another. */
function secretsIn(environment: Environment): readonly string[] {
  const values = HEADERS.flatMap((name) => (environment[name] ?? '').split(',')).map((pair) =>
    pair.slice(pair.indexOf('=') + 1).trim(),
  )
  const secrets = values.flatMap((value) => [value, decoded(value), ...decoded(value).split(' ')])
  return [...new Set(secrets)].filter((secret) => secret.length >= 4).sort((a, b) => b.length - a.length)
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
