import { parseWholeDays } from '../time/whole-days.ts'
import type { WindowAlignment, WindowDays } from '../time/window.ts'
import { columnName } from './column-name.ts'
import type {
  Accumulator,
  AccumulatorPair,
  CompositeDefinition,
  CompositeInput,
  Condition,
  EventDefinition,
  FieldDefinition,
  Metric,
  MetricSetDefinition,
  Rule,
  Signal,
  TierRules,
} from './definition.ts'
import { inKeyOrder } from './in-key-order.ts'

/** What "now" is for a pipeline's rows: the database's clock, or the UTC midnight after the greatest event time it has seen. */
export type AsOf = 'Clock' | 'EventTime'

/** What a pipeline adds to a definition. */
export interface MetricSetOptions {
  readonly windows: readonly WindowDays[]
  readonly alignment: WindowAlignment
  /** Default: `Clock`. */
  readonly asOf?: AsOf
  readonly signals?: Readonly<Record<string, Signal>>
  readonly tables?: Readonly<Record<string, string>>
  readonly tierRules?: string
}

/** A checked definition with every default filled in and every name looked up: what the engine works with. */
export interface MetricSet {
  readonly entity: string
  readonly entities: string | undefined
  readonly windows: readonly WindowDays[]
  readonly alignment: WindowAlignment
  readonly asOf: AsOf
  /** In the order in which their facts are locked and written. */
  readonly events: readonly EventType[]
  readonly active: { readonly event: EventType; readonly where: Condition } | undefined
  readonly accumulators: readonly SetAccumulator[]
  readonly metrics: readonly SetMetric[]
  readonly tiers: SetTiers | undefined
  readonly composite: SetComposite | undefined
}

export interface EventType {
  readonly name: string
  readonly ignore: string | undefined
  readonly streams: readonly string[]
  readonly fields: readonly SetField[]
  readonly rules: readonly Rule[]
  readonly id: SetField | undefined
  readonly version: SetField | undefined
  /** The event's own field that names the entity; undefined where the reference decides it, and for an ignored event. */
  readonly entity: SetField | undefined
  readonly at: Placement | undefined
  readonly reference: { readonly event: EventType; readonly field: SetField } | undefined
  /** The field that decides the shard, where the definition names one. */
  readonly routeBy: SetField | undefined
  /** Fields with a column of their own beside the engine's columns. */
  readonly stored: readonly SetField[]
  readonly table: string | undefined
  readonly alsoMarks: readonly SetField[]
  /** Whether facts of another type refer to this one. */
  readonly referenced: boolean
}

/** The timestamp that places a fact: its own, or that of the fact it refers to. */
export interface Placement {
  readonly through: 'own' | 'reference'
  readonly field: SetField
}

export interface SetField extends FieldDefinition {
  readonly name: string
  readonly column: string
  readonly index: number
  readonly keys: readonly string[]
  /** Power of ten by which the stored integer is scaled; 0 unless the field is a decimal. */
  readonly scale: number
}

export interface SetAccumulator {
  readonly name: string
  readonly column: string
  readonly event: EventType
  /** The field that is summed; undefined for a count. */
  readonly sum: SetField | undefined
  readonly where: Condition | undefined
  readonly scale: number
  readonly description: string
}

export interface SetMetric {
  readonly name: string
  readonly column: string
  readonly decimals: number
  readonly formula: Formula
  readonly description: string
}

export type Formula =
  | { readonly kind: 'value'; readonly of: SetAccumulator }
  | {
      readonly kind: 'quotient'
      readonly numerator: SetAccumulator
      readonly denominator: SetAccumulator
      readonly factor: number
    }
  | { readonly kind: 'weighted'; readonly parts: readonly SetPart[]; readonly requires: SetAccumulator | undefined }
  | {
      readonly kind: 'coverage'
      readonly parts: readonly SetPart[]
      readonly total: number
      readonly requires: SetAccumulator | undefined
    }

export interface SetPart {
  readonly weight: number
  readonly numerator: SetAccumulator
  readonly denominator: SetAccumulator
  readonly atMost: number | undefined
  readonly otherwise: number | undefined
}

export interface SetTiers extends TierRules {
  readonly name: string
}

export interface SetComposite {
  readonly name: string
  readonly description: string
  readonly over: CompositeDefinition['over']
  readonly window: WindowDays
  readonly inputs: readonly SetInput[]
  /** Those of the definition; a pipeline's own come beside them. */
  readonly weights: Readonly<Record<string, number>>
  readonly score: readonly SetTerm[]
  readonly minimum: number | undefined
  readonly maximum: number | undefined
  readonly decimals: number
  readonly sample: SetAccumulator
  readonly groups: readonly SetGroup[]
}

/** A set that declares one. */
export type ScoredSet = MetricSet & { readonly composite: SetComposite }

export interface SetInput {
  readonly name: string
  readonly description: string
  readonly formula: InputFormula
}

export type InputFormula = Extract<Formula, { kind: 'value' | 'quotient' }>

export interface SetTerm {
  readonly sign: 1 | -1
  readonly weight: string
  /** Undefined: the weight alone. */
  readonly input: SetInput | undefined
}

export interface SetGroup {
  readonly name: string
  /** The profile that says which group an entity is in. */
  readonly event: EventType
  readonly field: SetField
  readonly values: readonly string[]
}

/** Resolves a definition that `checkDefinition` found nothing wrong with. */
export function createMetricSet(definition: MetricSetDefinition, options: MetricSetOptions): MetricSet {
  const events = resolveEvents(definition, options.tables ?? {})
  const byName = new Map(events.map((event) => [event.name, event]))
  const accumulators = Object.entries(definition.accumulators).map(([name, accumulator]) =>
    resolveAccumulator(name, accumulator, byName),
  )
  const find = lookup(new Map(accumulators.map((accumulator) => [accumulator.name, accumulator])))
  const signals = { ...definition.signals, ...options.signals }
  return {
    entity: definition.entity,
    entities: definition.entities,
    windows: [...options.windows].sort((a, b) => a - b),
    alignment: options.alignment,
    asOf: options.asOf ?? 'Clock',
    events,
    active: definition.active && { event: required(byName, definition.active.event), where: definition.active.where },
    accumulators,
    metrics: Object.entries(definition.metrics).map(([name, metric]) => ({
      name,
      column: columnName(name),
      decimals: 'decimals' in metric ? metric.decimals : 0,
      formula: resolveFormula(metric, definition, find, signals),
      description: metric.description ?? '',
    })),
    tiers: resolveTiers(definition, options.tierRules),
    composite: definition.composite && resolveComposite(definition.composite, find, byName, options.windows),
  }
}

function resolveEvents(definition: MetricSetDefinition, tables: Readonly<Record<string, string>>): EventType[] {
  const resolved = new Map<string, EventType>()
  const referenced = new Set(Object.values(definition.events).flatMap((event) => Object.keys(event.references ?? {})))
  const resolve = (name: string): EventType => {
    const known = resolved.get(name)
    if (known !== undefined) return known
    const event = resolveEvent(
      name,
      required(new Map(Object.entries(definition.events)), name),
      resolve,
      tables[name],
      referenced.has(name),
    )
    resolved.set(name, event)
    return event
  }
  for (const name of Object.keys(definition.events).sort()) resolve(name)
  return [...resolved.values()] // a referenced type comes before the types that refer to it: one order for all writers
}

function resolveEvent(
  name: string,
  event: EventDefinition,
  resolve: (name: string) => EventType,
  table: string | undefined,
  referenced: boolean,
): EventType {
  const fields = Object.entries(event.fields).map(([field, spec], index) => resolveField(field, spec, index))
  const own = lookup(new Map(fields.map((field) => [field.name, field])))
  const [referenceName, referenceField] = Object.entries(event.references ?? {})[0] ?? []
  const reference =
    referenceName === undefined ? undefined : { event: resolve(referenceName), field: own(referenceField as string) }

  const id = event.id === undefined ? undefined : own(event.id)
  const version = event.version === undefined ? undefined : own(event.version)
  const entity = event.entity === undefined || event.entity.includes('.') ? undefined : own(event.entity)
  const at = resolvePlacement(event.at, own, reference?.event)
  const engineOwned = new Set([id, version, entity, reference?.field, at?.through === 'own' ? at.field : undefined])
  return {
    name,
    ignore: event.ignore,
    streams: event.streams ?? [],
    fields,
    rules: event.rules ?? [],
    id,
    version,
    entity,
    at,
    reference,
    routeBy: event.routeBy === undefined ? undefined : own(event.routeBy),
    stored: fields.filter(
      (field) => field.store !== false && !engineOwned.has(field) && !event.alsoMarks?.includes(field.name),
    ),
    table: table ?? event.table,
    alsoMarks: (event.alsoMarks ?? []).map(own),
    referenced,
  }
}

function resolveField(name: string, field: FieldDefinition, index: number): SetField {
  return {
    ...field,
    name,
    column: columnName(name),
    index,
    keys: (field.path ?? name).split('.'),
    scale: field.type === 'decimal' ? (field.decimals ?? 0) : 0,
  }
}

function resolvePlacement(
  at: string | undefined,
  own: (name: string) => SetField,
  reference: EventType | undefined,
): Placement | undefined {
  if (at === undefined) return undefined
  if (!at.includes('.') || reference === undefined) return { through: 'own', field: own(at) }
  return { through: 'reference', field: fieldOf(reference, at.slice(at.indexOf('.') + 1)) }
}

function resolveAccumulator(
  name: string,
  accumulator: Accumulator,
  events: ReadonlyMap<string, EventType>,
): SetAccumulator {
  const [eventName, fieldName] = ('count' in accumulator ? accumulator.count : accumulator.sum).split('.') as [
    string,
    string?,
  ]
  const event = required(events, eventName)
  const sum = 'sum' in accumulator && fieldName !== undefined ? fieldOf(event, fieldName) : undefined
  return {
    name,
    column: `acc_${columnName(name)}`,
    event,
    sum,
    where: accumulator.where,
    scale: sum?.scale ?? 0,
    description: accumulator.description ?? '',
  }
}

function resolveFormula(
  metric: Metric,
  definition: MetricSetDefinition,
  find: (name: string) => SetAccumulator,
  signals: Readonly<Record<string, Signal>>,
): Formula {
  if ('value' in metric) return { kind: 'value', of: find(metric.value) }
  if ('ratio' in metric) return quotient(metric.ratio, 1, find)
  if ('percent' in metric) return quotient(metric.percent, 100, find)
  const weighted = 'coverage' in metric ? definition.metrics[metric.coverage] : metric
  if (weighted === undefined || !('weighted' in weighted)) throw new Error('a coverage metric names a weighted one')
  const parts = weighted.weighted
    .filter((part) => part.signal === undefined || signals[part.signal] !== 'Absent')
    .map((part) => ({
      weight: part.weight,
      numerator: find(part.percent[0]),
      denominator: find(part.percent[1]),
      atMost: part.atMost,
      otherwise: part.otherwise,
    }))
  const requires = weighted.requires === undefined ? undefined : find(weighted.requires)
  if (!('coverage' in metric)) return { kind: 'weighted', parts, requires }
  return { kind: 'coverage', parts, requires, total: weighted.weighted.reduce((sum, part) => sum + part.weight, 0) }
}

function quotient(
  [numerator, denominator]: AccumulatorPair,
  factor: number,
  find: (name: string) => SetAccumulator,
): Extract<Formula, { kind: 'quotient' }> {
  return { kind: 'quotient', numerator: find(numerator), denominator: find(denominator), factor }
}

function resolveTiers(definition: MetricSetDefinition, chosen: string | undefined): SetTiers | undefined {
  if (definition.tiers === undefined) return undefined
  const name = chosen ?? 'Default'
  const rules = required(new Map(Object.entries(definition.tiers)), name)
  return { name, ...rules, flags: inKeyOrder(rules.flags) }
}

function resolveComposite(
  composite: CompositeDefinition,
  find: (name: string) => SetAccumulator,
  events: ReadonlyMap<string, EventType>,
  windows: readonly WindowDays[],
): SetComposite {
  const inputs = new Map(
    Object.entries(composite.inputs).map(([name, input]) => [
      name,
      { name, description: input.description ?? '', formula: resolveInput(input, find) },
    ]),
  )
  const window = composite.window === undefined ? undefined : parseWholeDays(composite.window)
  return {
    name: composite.name,
    description: composite.description ?? '',
    over: composite.over,
    window: window ?? Math.min(...windows),
    inputs: [...inputs.values()],
    weights: composite.weights,
    score: composite.score.map((term) => ({
      sign: 'plus' in term ? 1 : -1,
      weight: 'plus' in term ? term.plus : term.minus,
      input: term.times === undefined ? undefined : required(inputs, term.times),
    })),
    minimum: composite.minimum,
    maximum: composite.maximum,
    decimals: composite.decimals,
    sample: find(composite.sample),
    groups: Object.entries(composite.groups ?? {}).map(([name, { by, values }]) => {
      const [eventName = '', fieldName = ''] = by.split('.')
      const event = required(events, eventName)
      const field = fieldOf(event, fieldName)
      return { name, event, field, values: values ?? possibleValues(field) }
    }),
  }
}

function resolveInput(input: CompositeInput, find: (name: string) => SetAccumulator): InputFormula {
  if ('value' in input) return { kind: 'value', of: find(input.value) }
  if ('ratio' in input) return quotient(input.ratio, 1, find)
  return quotient(input.percent, 100, find)
}

/** What a field can be, where that is known; nothing for one that can be anything. */
function possibleValues({ type, oneOf }: FieldDefinition): readonly string[] {
  return type === 'boolean' ? ['true', 'false'] : (oneOf ?? [])
}

/** A field of an event type, by its name in the definition. */
export function fieldOf(event: EventType, name: string): SetField {
  const field = event.fields.find((candidate) => candidate.name === name)
  if (field === undefined) throw new Error(`event type ${event.name} has no field ${name}`)
  return field
}

function lookup<T>(entries: ReadonlyMap<string, T>): (name: string) => T {
  return (name) => required(entries, name)
}

function required<T>(entries: ReadonlyMap<string, T>, name: string): T {
  const found = entries.get(name)
  if (found === undefined) throw new Error(`nothing is called ${name} here`)
  return found
}
