import { counted, grouped, lasting } from '../autoscaling/wording.ts'
import type {
  AggregationFacts,
  Backlog,
  CompositeFacts,
  Freshness,
  OpenWork,
  TopFacts,
  WorkersFacts,
} from './top-facts.ts'

export const UNKNOWN = 'unknown'

export function throughput({ eventsPerSecond: done, arrivalsPerSecond: come }: TopFacts): string {
  if (done === null && come === null) return UNKNOWN
  const coming = come === null ? 'how many come in is unknown' : `${perSecond(come)} a second come in`
  return `${done === null ? UNKNOWN : `${perSecond(done)} events/s`}, ${coming}`
}

/** As a fleet has it, not to the last event. */
export function perSecond(value: number): string {
  return value > 0 && value < 0.1 ? 'less than 0.1' : grouped(value < 10 ? Number(value.toFixed(1)) : value)
}

export function backlog(seen: Backlog | null): string {
  if (seen === null) return UNKNOWN
  const { entries, pending, oldest } = seen
  if (entries === 0) return '0'
  const parts = [
    counted(entries, 'entry', 'entries'),
    ...(pending === null ? [] : [`${grouped(pending)} of them pending`]),
    ...(oldest === null ? [] : [`the oldest for ${oldest}`]),
  ]
  return `${HOW_WELL[seen.is]}${parts.join(', ')}`
}

const HOW_WELL = { exact: '', 'at-least': 'at least ', estimated: "by the server's own word " } as const

export function freshness(seen: Freshness | null): string {
  if (seen === null) return UNKNOWN
  const over = `in the last ${lasting(seen.overMs)}`
  if (seen.p50Ms === null || seen.p99Ms === null) return `no event came to its row ${over}`
  return `p50 ${short(seen.p50Ms)}, p99 ${short(seen.p99Ms)} ${over}`
}

/** `4 ms`, `1.6 s`. Beyond what is measured it is not known how much more it was. */
export function short(ms: number): string {
  if (ms >= MOST_MEASURED_MS) return `${lasting(MOST_MEASURED_MS)} or more`
  return ms < 1_000 ? `${Math.round(ms)} ms` : lasting(ms)
}

const MOST_MEASURED_MS = 900_000

export function dirty(work: OpenWork | null): string {
  if (work === null) return UNKNOWN
  const { marks, oldestMarkAgeMs, unresolvedReferences } = work
  const oldest = oldestMarkAgeMs === null ? '' : `, the longest for ${short(oldestMarkAgeMs)}`
  const missing =
    unresolvedReferences === 0 ? '' : `; ${counted(unresolvedReferences, 'reference')} to what has not come`
  return `${marks === 0 ? '0' : `${counted(marks, 'entity', 'entities')} to be evaluated${oldest}`}${missing}`
}

export function deadLetters(byReason: TopFacts['deadLetters']): string {
  if (byReason === null) return UNKNOWN
  const found = Object.entries(byReason).filter(([, count]) => count > 0)
  if (found.length === 0) return '0'
  const reasons = found.map(([reason, count]) => `${reason} × ${grouped(count)}`).join(', ')
  return `${grouped(sum(found.map(([, count]) => count)))}: ${reasons}`
}

export function countDeadLetters(byReason: TopFacts['deadLetters']): number | null {
  return byReason === null ? null : sum(Object.values(byReason))
}

export function workers({ ready, wanted }: WorkersFacts): string {
  if (ready === null) return wanted === null ? UNKNOWN : `${grouped(wanted)} wanted, how many are ready is unknown`
  if (wanted === null || wanted === ready) return ready === 0 ? 'none' : `${grouped(ready)} ready`
  return `${grouped(ready)} of ${grouped(wanted)} ready`
}

export function composite({ value, ageMs }: CompositeFacts): string {
  const age = ageMs === null ? 'age unknown' : `${lasting(ageMs)} old`
  return `${value ?? 'none, for there are no data'}, ${age}`
}

export function aggregation(last: TopFacts['aggregation']): string {
  if (last === null) return UNKNOWN
  if (last === 'never') return 'never'
  const { day, state, entities, failures, finishedAt } = last
  const ended = finishedAt === null ? '' : ` at ${finishedAt.slice(0, 19)}Z`
  return `${day} ${state}${ended}, ${counted(entities, 'entity', 'entities')}, ${grouped(failures)} failed; ${parity(last)}`
}

function parity({ parity: found }: AggregationFacts): string {
  if (found === null) return 'parity unknown'
  return `parity: ${counted(found.compared, 'row')} compared, ${counted(found.mismatches, 'mismatch', 'mismatches')}`
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}
