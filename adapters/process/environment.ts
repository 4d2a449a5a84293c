import { readFileSync } from 'node:fs'
import * as z from 'zod'
import { ConfigurationError } from './run-process.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads a process's variables through a zod schema. Throws one `ConfigurationError` that names every variable at fault, what is wrong with
 * it, and what to do.
 *
 * Any variable may be given as `NAME_FILE` instead: the value is then the file's content, as secrets are mounted.
 */
export function parseEnvironment<Schema extends z.ZodObject>(
  schema: Schema,
  environment: Environment,
): z.infer<Schema> {
  const names = Object.keys(schema.shape)
  const { values, problems } = readValues(names, environment)
  const parsed = schema.safeParse(values)
  if (parsed.success && problems.length === 0) return parsed.data
  const issues = parsed.success ? [] : parsed.error.issues
  const described = issues
    .filter(({ path }) => !problems.some((problem) => problem.startsWith(`${String(path[0])}_FILE`)))
    .map(
      ({ path, message }) =>
        `${String(path[0])}: ${values[String(path[0])] === undefined ? 'is not set; ' : ''}${message}`,
    )
  throw new ConfigurationError([...problems, ...described])
}

function readValues(
  names: readonly string[],
  environment: Environment,
): { readonly values: Record<string, string>; readonly problems: readonly string[] } {
  const values: Record<string, string> = {}
  const problems: string[] = []
  for (const name of names) {
    const [direct, file] = [environment[name], environment[`${name}_FILE`]]
    if (direct !== undefined && direct !== '') values[name] = direct
    else if (file !== undefined && file !== '') {
      try {
        values[name] = readFileSync(file, 'utf8').trim()
      } catch (error) {
        problems.push(`${name}_FILE: cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}): ${file}`)
      }
    }
  }
  return { values, problems }
}

/** A URL of one of these schemes. The message never repeats the value: it may hold a password. */
export function urlOf(schemes: readonly string[], example: string): z.ZodType<string> {
  const message = `must be a URL such as ${example}`
  return z
    .string({ error: message })
    .refine((text) => URL.canParse(text) && schemes.includes(new URL(text).protocol.slice(0, -1)), { error: message })
}

export const pipelineFile = z
  .string({ error: 'must name the YAML file of the MetricsPipeline' })
  .describe('The YAML file of the MetricsPipeline.')

export const databaseUrl = urlOf(['postgres', 'postgresql'], 'postgres://user:password@host:5432/database').describe(
  'PostgreSQL: `postgres://user:password@host:5432/database`.',
)

export const redisUrl = urlOf(['redis', 'rediss'], 'redis://user:password@host:6379/0').describe(
  'Redis: `redis://user:password@host:6379/0`, or `rediss://` for TLS.',
)

export function wholeNumber(minimum: number, maximum: number): z.ZodType<number, string> {
  const message = `must be a whole number from ${minimum} to ${maximum}`
  return z
    .string({ error: message })
    .regex(/^\d{1,9}$/, { error: message })
    .meta({ title: `whole number, ${minimum} to ${maximum}` })
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, { error: message })
}

export const logLevel = z.enum(['debug', 'info', 'warn', 'error'], { error: 'must be debug, info, warn or error' })
