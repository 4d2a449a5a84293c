import { isAlive } from '../signals/is-alive.ts'
import type { MemberSignals } from '../signals/pipeline-signals.ts'

/** What workers counted since they began to, by their names. */
export type WorkCounters = Readonly<Record<string, Counters>>

interface Counters {
  readonly since: string
  readonly busyMs: number
  readonly entries: number
}

export interface Work {
  /** Those that did any. */
  readonly workers: number
  readonly busyMs: number
  readonly entries: number
}

/** A sign of life and a look are a moment apart. */
const MARGIN_MS = 2_000

/** Undefined where one that is alive does not say: then nobody knows what all of them do. */
export function countersOf(members: readonly MemberSignals[]): WorkCounters | undefined {
  const telling = members.flatMap(({ name, startedAt, busyMs, entriesDone }) =>
    busyMs === null || entriesDone === null
      ? []
      : [[name, { since: startedAt, busyMs, entries: entriesDone }] as const],
  )
  const counters = Object.fromEntries(telling)
  return members.every((member) => member.name in counters || !isAlive(member)) ? counters : undefined
}

/**
 * What was done since counters were read before. A worker that is new, or whose counters began anew because it started again, did all of it
 * since then; unless it was busy for longer than that: then it was only not seen, and what it did when is not known.
 */
export function workSince(before: WorkCounters, now: WorkCounters, sinceMs: number): Work {
  const done = Object.entries(now).map(([name, { since, busyMs, entries }]) => {
    const former = before[name]
    if (former?.since === since) return { busyMs: busyMs - former.busyMs, entries: entries - former.entries }
    return busyMs <= sinceMs + MARGIN_MS ? { busyMs, entries } : { busyMs: 0, entries: 0 }
  })
  return {
    workers: done.filter(({ busyMs }) => busyMs > 0).length,
    busyMs: done.reduce((sum, { busyMs }) => sum + busyMs, 0),
    entries: done.reduce((sum, { entries }) => sum + entries, 0),
  }
}

/** What workers did in their whole lives. */
export function workOf(counters: WorkCounters): Work {
  return workSince({}, counters, Number.POSITIVE_INFINITY)
}
