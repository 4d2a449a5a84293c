import type { EventDefinition, MetricSetDefinition } from '../metric-sets/definition.ts'
import type { MetricsSpec } from './spec.ts'

/** An event type that is counted, though nothing can bring it to this pipeline. */
export interface UnreachableEvent {
  readonly name: string
  readonly streams: readonly string[]
  /** A signal that the pipeline expects and that is made of these events: its absence would count as zero. */
  readonly signal: string | undefined
}

/**
 * Event types that accumulators or groups need and no stream brings. A stream that no event type claims may bring any, for its entries name their
 * type; one that is claimed brings those that claim it; facts in an existing table need no stream.
 */
export function unreachableEvents(
  definition: MetricSetDefinition,
  streams: readonly string[],
  { tables = {}, signals = {} }: Pick<MetricsSpec, 'tables' | 'signals'>,
): readonly UnreachableEvent[] {
  const claimed = new Set(Object.values(definition.events).flatMap((event) => event.streams ?? []))
  if (streams.some((stream) => !claimed.has(stream))) return []
  return Object.entries(definition.events)
    .filter(([name]) => isCounted(name, definition))
    .filter(([name, event]) => event.table === undefined && tables[name] === undefined && !isBrought(event, streams))
    .map(([name, event]) => ({
      name,
      streams: event.streams ?? [],
      signal: expectedSignal(name, definition, { ...definition.signals, ...signals }),
    }))
}

function isBrought(event: EventDefinition, streams: readonly string[]): boolean {
  return event.ignore !== undefined || (event.streams ?? []).some((stream) => streams.includes(stream))
}

function isCounted(name: string, definition: MetricSetDefinition): boolean {
  const groups = Object.values(definition.composite?.groups ?? {})
  if (groups.some(({ by }) => by.split('.')[0] === name)) return true
  const counted = Object.keys(definition.accumulators).map((accumulator) => eventOf(accumulator, definition))
  return counted.includes(name) || counted.some((other) => definition.events[other]?.references?.[name] !== undefined)
}

function expectedSignal(
  name: string,
  definition: MetricSetDefinition,
  signals: Readonly<Record<string, string>>,
): string | undefined {
  return Object.values(definition.metrics)
    .flatMap((metric) => ('weighted' in metric ? metric.weighted : []))
    .filter((part) => part.percent.some((accumulator) => eventOf(accumulator, definition) === name))
    .map((part) => part.signal)
    .find((signal) => signal !== undefined && signals[signal] !== 'Absent')
}

function eventOf(accumulator: string, { accumulators }: MetricSetDefinition): string {
  const found = accumulators[accumulator]
  if (found === undefined) return ''
  return 'count' in found ? found.count : (found.sum.split('.')[0] ?? '')
}
