import { isAlive } from './is-alive.ts'
import { mayHoldShards } from './may-hold-shards.ts'
import type { PipelineSignals } from './pipeline-signals.ts'
import { sameFields } from './same-fields.ts'

/**
 * Whether a later look saw nothing that anybody would decide or tell otherwise: all is the same but when it was looked at, and for how long a
 * member has been silent that is judged as it was. Of three looks, if two and two are alike in this, all are.
 */
export function saysNothingNew(known: PipelineSignals, said: unknown): said is PipelineSignals {
  return isSame(known, said)
}

function isSame(known: unknown, said: unknown): boolean {
  return known === said || sameFields(known, said, isSameField)
}

function isSameField(name: string, known: unknown, said: unknown): boolean {
  if (name === 'observedAt') return typeof known === 'string' && typeof said === 'string'
  if (name === 'lastBeatAgeMs') return isSameBeat(known, said)
  return isSame(known, said)
}

function isSameBeat(known: unknown, said: unknown): boolean {
  if (typeof known !== 'number' || typeof said !== 'number') return false
  const [before, now] = [{ lastBeatAgeMs: known }, { lastBeatAgeMs: said }]
  return isAlive(before) === isAlive(now) && mayHoldShards(before) === mayHoldShards(now)
}
