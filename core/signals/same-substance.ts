import type { PipelineSignals } from './pipeline-signals.ts'
import { sameFields } from './same-fields.ts'

/** Whether the same things are seen, though there may be more or fewer of them. What appears, goes, or becomes unknown is another. */
export function sameSubstance(before: PipelineSignals | undefined, now: PipelineSignals | undefined): boolean {
  return isSame(before, now)
}

/** Numbers in all but their form: how far a shard is read, which day it is, what a score is and who calculated it. */
const MOVING_TEXTS = new Set(['observedAt', 'position', 'asOf', 'value', 'holder'])

function isSame(before: unknown, now: unknown): boolean {
  if (before === now || (typeof before === 'number' && typeof now === 'number')) return true
  return sameFields(before, now, isSameField)
}

function isSameField(name: string, before: unknown, now: unknown): boolean {
  return isSame(before, now) || (MOVING_TEXTS.has(name) && typeof before === 'string' && typeof now === 'string')
}
