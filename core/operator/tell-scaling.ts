import { isBrief } from '../autoscaling/silence.ts'
import type { Scaling } from './observation.ts'

/**
 * What the status says of a decision: of a short silence nothing, for the number stays, and mostly it is over before anybody has read of it. Every
 * pipeline of a namespace would be written twice for one answer that did not come.
 */
export function tellScaling(before: Scaling | undefined, now: Scaling): Scaling {
  if (before === undefined || now.decision.reason !== 'HoldUnknown' || !isBrief(now.memory)) return now
  const { replicas, wanted } = before.decision
  return replicas === now.decision.replicas && wanted === now.decision.wanted ? before : now
}
