import { inKeyOrder } from './in-key-order.ts'
import type { EventType, Formula, MetricSet, SetAccumulator, SetField } from './metric-set.ts'

/** What a set's tables and stored numbers depend on: a flat map from place (`events.departure.fields.origin`) to meaning. */
export type StorageShape = Readonly<Record<string, string>>

export interface ShapeChange {
  readonly path: string
  readonly before: string
  /** Undefined when the place is gone. */
  readonly after: string | undefined
}

/** The part of a set that must not change under stored data. Validation, descriptions and what tier rules say are not in it. */
export function storageShape(set: MetricSet): StorageShape {
  return Object.fromEntries([
    ['entity', set.entity],
    ...set.windows.map((days) => [`windows.${days}d`, 'kept']),
    ...set.events.filter((type) => type.ignore === undefined).flatMap(eventShape),
    ...set.accumulators.map((accumulator) => [`accumulators.${accumulator.name}`, accumulatorShape(accumulator)]),
    ...set.metrics.map(({ name, formula, decimals }) => [
      `metrics.${name}`,
      `${formulaShape(formula)} to ${decimals} decimals`,
    ]),
    ...(set.tiers === undefined ? [] : [['tiers', 'kept']]),
  ])
}

/** Changes that would make stored facts or rows mean something else. Additions are none. */
export function breakingChanges(before: StorageShape, after: StorageShape): readonly ShapeChange[] {
  return Object.entries(before)
    .filter(([path, meaning]) => after[path] !== meaning)
    .map(([path, meaning]) => ({ path, before: meaning, after: after[path] }))
}

function eventShape(type: EventType): readonly (readonly [string, string])[] {
  const path = `events.${type.name}`
  const parts = {
    table: type.table ?? 'stored here',
    id: type.id?.name ?? 'the id of the event',
    version: type.version?.name ?? 'the instant of publication',
    entity: type.entity?.name ?? 'by reference',
    at: type.at === undefined ? 'in no window' : `${type.at.through} ${type.at.field.name}`,
    references: type.reference === undefined ? 'none' : `${type.reference.event.name} by ${type.reference.field.name}`,
  }
  return [
    ...Object.entries(parts).map(([part, meaning]) => [`${path}.${part}`, meaning] as const),
    ...type.stored.map((field) => [`${path}.fields.${field.name}`, fieldShape(field)] as const),
  ]
}

function fieldShape({ type, scale, minimum, maximum, maxLength, oneOf }: SetField): string {
  const limits = { minimum, maximum, maxLength, oneOf }
  const stated = Object.entries(limits).flatMap(([name, limit]) => (limit === undefined ? [] : [`${name} ${limit}`]))
  return [scale > 0 ? `${type} with ${scale} decimals` : type, ...stated].join(', ')
}

function accumulatorShape({ event, sum, where }: SetAccumulator): string {
  const what = sum === undefined ? `count of ${event.name}` : `sum of ${event.name}.${sum.name}`
  return where === undefined ? what : `${what} where ${JSON.stringify(inKeyOrder(where))}`
}

/** Which parts a weighted score has depends on the pipeline's signals, and may change: rows are recomputed then. */
function formulaShape(formula: Formula): string {
  switch (formula.kind) {
    case 'value':
      return `value of ${formula.of.name}`
    case 'quotient':
      return `${formula.factor} times ${formula.numerator.name} by ${formula.denominator.name}`
    case 'weighted':
      return 'weighted score'
    case 'coverage':
      return 'coverage of a weighted score'
  }
}
