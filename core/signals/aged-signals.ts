import { parseInstant } from '../time/instant.ts'
import type { PipelineSignals } from './pipeline-signals.ts'
import { sameFields } from './same-fields.ts'

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
  return sameFields(known, said, (name, before, now) => {
    if (name === 'source' || name === 'database') return sameLook(before, now)
    return name === 'observedAt' || isSame(before, now)
  })
}

function sameLook(known: unknown, said: unknown): boolean {
  return sameFields(known, said, (name, before, now) => name === 'observedAt' || isSame(before, now))
}

function isSame(known: unknown, said: unknown): boolean {
  return known === said || sameFields(known, said, (_name, before, now) => isSame(before, now))
}

/** Where nothing was to be seen there is no time either. */
function aged<Look extends object>(known: Look, said: object): Look | undefined {
  if (!('observedAt' in known)) return known
  const observedAt = timeIn(said)
  return observedAt === undefined ? undefined : { ...known, observedAt }
}

function timeIn({ observedAt }: { readonly observedAt?: unknown }): string | undefined {
  return typeof observedAt === 'string' && 'instant' in parseInstant(observedAt) ? observedAt : undefined
}
