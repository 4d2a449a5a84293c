import type { Findings } from './finding.ts'
import type { Condition, ConditionType } from './status.ts'

const LONGEST = 32_768

/** Conditions as they are now, in the order of `findings`. The time of one moves only when its status does. */
export function setConditions(
  previous: readonly Condition[],
  findings: Findings,
  observedGeneration: number,
  now: string,
): readonly Condition[] {
  return Object.entries(findings).map(([type, { status, reason, message }]) => {
    const before = previous.find((condition) => condition.type === type)
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : now
    return {
      type: type as ConditionType,
      status,
      reason,
      message: bounded(message),
      observedGeneration,
      lastTransitionTime,
    }
  })
}

/** As much as the API server takes. It stores no half of a character, and what it stored must be what was said. */
function bounded(message: string): string {
  const text = message.length <= LONGEST ? message : `${message.slice(0, LONGEST - 1)}…`
  return text.toWellFormed()
}
