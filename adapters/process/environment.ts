import { readFileSync } from 'node:fs'
import * as z from 'zod'
import { ConfigurationError } from './run-process.ts'
import { beginsLike, isServerUrl, type UrlServer } from './server-url.ts'

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

/** A URL of such a server. The message never repeats the value: it may hold a password. */
function urlOf(server: UrlServer, example: string): z.ZodType<string> {
  const message = `must be a URL such as ${example}`
  const error = ({ input }: { readonly input: unknown }) =>
    beginsLike(String(input), server) ? `${message}${HINT}` : message
  return z.string({ error: message }).refine((text) => isServerUrl(text, server), { error })
}

const HINT = '; in a password write @ as %40, / as %2F, : as %3A, ? as %3F, # as %23 and % as %25'

export const pipelineFile = z
  .string({ error: 'must name the YAML file of the MetricsPipeline' })
  .describe('The YAML file of the MetricsPipeline.')

export const databaseUrl = urlOf('PostgreSQL', 'postgres://user:password@host:5432/database').describe(
  'PostgreSQL: `postgres://user:password@host:5432/database`.',
)

export const redisUrl = urlOf('Redis', 'redis://user:password@host:6379/0').describe(
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
