import { parseInstant } from '../time/instant.ts'
import type { PipelineSignals } from './pipeline-signals.ts'

/**
 * What is known, as of when it was said again; undefined where anything else was said. A thousand pipelines say the same every second: what
 * is known was understood before, and what stays of it need not be kept twice.
 */
export function agedSignals(known: PipelineSignals, said: unknown): PipelineSignals | undefined {
  if (!saysNothingNew(known, said)) return undefined
  const [observedAt, source, database] = [
    timeIn(said),
    aged(known.source, said.source),
    aged(known.database, said.database),
  ]
  if (observedAt === undefined || source === undefined || database === undefined) return undefined
  return { ...known, observedAt, source, database }
}

/** Whether nothing but times is other than what is known. What `agedSignals` gave is compared at hardly any cost. */
export function saysNothingNew(known: PipelineSignals, said: unknown): said is PipelineSignals {
  return (
    isFields(said) &&
    sameFields(known, said, ['observedAt', 'source', 'database']) &&
    sameLook(known.source, said['source']) &&
    sameLook(known.database, said['database'])
  )
}

/** Where nothing was to be seen there is no time either. */
function sameLook(known: object, said: unknown): boolean {
  return isFields(said) && sameFields(known, said, 'observedAt' in known ? ['observedAt'] : [])
}

function aged<Look extends object>(known: Look, said: object): Look | undefined {
  if (!('observedAt' in known)) return known
  const observedAt = timeIn(said)
  return observedAt === undefined ? undefined : { ...known, observedAt }
}

function timeIn({ observedAt }: { readonly observedAt?: unknown }): string | undefined {
  return typeof observedAt === 'string' && 'instant' in parseInstant(observedAt) ? observedAt : undefined
}

type Fields = Readonly<Record<string, unknown>>

function isSame(known: unknown, said: unknown): boolean {
  return known === said || (isFields(known) && isFields(said) && sameFields(known, said, []))
}

function sameFields(known: object, said: Fields, besides: readonly string[]): boolean {
  const fields = Object.entries(known)
  return (
    Array.isArray(known) === Array.isArray(said) &&
    fields.length === Object.keys(said).length &&
    fields.every(([name, value]) => (besides.includes(name) ? name in said : isSame(value, said[name])))
  )
}

/** Objects and arrays. */
function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}
