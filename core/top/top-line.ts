import { counted, grouped } from '../autoscaling/wording.ts'
import { PIPELINE_SCOPE } from '../composite/composite-scopes.ts'
import { printable } from './fit-text.ts'
import type { TopFacts } from './top-facts.ts'
import { countDeadLetters, perSecond, short, UNKNOWN } from './top-words.ts'

/** What else stands in the line. */
export interface BesideLine {
  readonly first?: readonly string[]
  readonly last?: readonly string[]
  readonly hidesFreshness?: boolean
}

/** The most important of what is known of a pipeline in one line, where there is no screen. */
export function topLine(facts: TopFacts, { first = [], last = [], hidesFreshness = false }: BesideLine = {}): string {
  const { eventsPerSecond, backlog, freshness, work, workers, deadLetters, composite, notes } = facts
  const dead = countDeadLetters(deadLetters)
  return [
    ...first,
    `${known(eventsPerSecond, perSecond)} events/s`,
    `backlog ${known(backlog?.entries ?? null, grouped)}`,
    `dirty ${known(work?.marks ?? null, grouped)}`,
    ...(hidesFreshness ? [] : fresh(freshness)),
    workers.ready === null ? `${UNKNOWN} workers` : counted(workers.ready, 'worker'),
    ...(dead === null || dead === 0 ? [] : [counted(dead, 'dead letter')]),
    ...(composite ?? []).map(
      ({ scope, value }) => `${scope === PIPELINE_SCOPE ? '' : `${scope} `}composite ${value ?? 'none'}`,
    ),
    ...last,
    ...notes,
  ]
    .map(printable)
    .join(', ')
}

function fresh(seen: TopFacts['freshness']): readonly string[] {
  if (seen === null) return [`freshness ${UNKNOWN}`]
  const { p50Ms, p99Ms } = seen
  return p50Ms === null || p99Ms === null ? [] : [`freshness p50 ${short(p50Ms)} p99 ${short(p99Ms)}`]
}

function known(value: number | null, told: (value: number) => string): string {
  return value === null ? UNKNOWN : told(value)
}
