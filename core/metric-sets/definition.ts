/**
 * The vocabulary in which a team says what it measures. A definition is JSON: no functions, no SQL.
 *
 * Everything else is derived from it: validation, fact tables, upserts, marks, the window query of stream and batch, daily rows, parity
 * and the reference table in the docs.
 */
export interface MetricSetDefinition {
  /** What the metrics are about, in the singular: `airport`. Names the row table `<entity>_metrics`. */
  readonly entity: string
  /** Another name for the entity set in options of the aggregator: `airports` allows `--airports a,b`. */
  readonly entities?: string
  readonly events: Readonly<Record<string, EventDefinition>>
  /** Which entities the daily aggregation covers without `--include-inactive`; all of them when absent. */
  readonly active?: { readonly event: string; readonly where: Condition }
  /** Parts of a weighted score that a pipeline may lack, with what is assumed when the pipeline says nothing. */
  readonly signals?: Readonly<Record<string, Signal>>
  readonly accumulators: Readonly<Record<string, Accumulator>>
  readonly metrics: Readonly<Record<string, Metric>>
  /** Rule sets by name; a pipeline picks one with `tierRules`. */
  readonly tiers?: Readonly<Record<string, TierRules>>
  /** One number about all entities together, for pipelines that ask for it. */
  readonly composite?: CompositeDefinition
}

export type Signal = 'Expected' | 'Absent'

export interface EventDefinition {
  /** The field that names the entity, or `<event>.<field>` through the one reference. Only an ignored event may lack it. */
  readonly entity?: string
  /** The timestamp field that places the fact in a window, own or through the reference. Absent: the fact is in no window (a profile). */
  readonly at?: string
  /** The field that identifies the fact within its type; default: the event's id. */
  readonly id?: string
  /** The integer or timestamp field that orders versions of a fact; default: the instant at which the event was published. */
  readonly version?: string
  /** Event type to the field that holds the id of its fact. At most one, and it decides the entity. */
  readonly references?: Readonly<Record<string, string>>
  readonly fields: Readonly<Record<string, FieldDefinition>>
  readonly rules?: readonly Rule[]
  /** The field whose value decides the shard of a sharded source; default: the entity, or what leads to it. */
  readonly routeBy?: string
  /** Streams whose entries carry no type of their own and are of this one. */
  readonly streams?: readonly string[]
  /** An existing table or view that holds the facts: then an entry only marks its entity. */
  readonly table?: string
  /** Further optional fields that name entities to mark: the other side of a move, where facts are in an existing table. */
  readonly alsoMarks?: readonly string[]
  /** Why entries of this type are read, counted and left alone. */
  readonly ignore?: string
  readonly description?: string
}

export type FieldType = 'string' | 'strings' | 'integer' | 'decimal' | 'boolean' | 'timestamp'

export interface FieldDefinition {
  readonly type: FieldType
  /** Default true: the field must be present and not null. */
  readonly required?: boolean
  /** Where the value stands in the event's data, dots between keys; default: the field's name. */
  readonly path?: string
  /** An invalid value counts as absent, with a warning, instead of refusing the event. */
  readonly lenient?: boolean
  /** Default true. False: checked, not kept (names, addresses, free text). */
  readonly store?: boolean
  /** For `string`. */
  readonly minLength?: number
  readonly maxLength?: number
  readonly format?: 'email'
  /** For `string`, and each item of `strings`. */
  readonly oneOf?: readonly string[]
  /** For `strings`. */
  readonly minItems?: number
  readonly maxItems?: number
  /** For `integer` and `decimal`. */
  readonly minimum?: number
  readonly maximum?: number
  /** For `decimal`: digits kept after the point; the value is stored as an integer scaled by 10^decimals. */
  readonly decimals?: number
  /** For `timestamp`: how far it may lie ahead of the event's publication (`0s`, `30d`); default: unlimited. */
  readonly maxAhead?: string
  readonly description?: string
}

export interface Rule {
  readonly name: string
  /** `error` refuses the event, `warning` counts it in the data-quality report. */
  readonly severity: 'error' | 'warning'
  readonly when?: Condition
  readonly require: Condition
  readonly message: string
}

export type Scalar = string | number | boolean

/** Unknown (a null operand) is neither true nor false, as in SQL; only `present` is always known. */
export interface FieldTest {
  readonly equals?: Scalar
  readonly oneOf?: readonly Scalar[]
  readonly atLeast?: number
  readonly atMost?: number
  readonly above?: number
  readonly below?: number
  readonly present?: boolean
}

export type Comparison = 'equals' | 'above' | 'atLeast' | 'below' | 'atMost'

export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | { readonly compare: readonly [Expression, Comparison, Expression] }
  | FieldTests

/** Every named field must pass its test. Inside accumulators a name may go through the reference: `session.session_number`. */
export interface FieldTests {
  readonly [field: string]: FieldTest
}

/** Arithmetic over one event's own fields, for rules only. */
export type Expression =
  | number
  | { readonly field: string }
  | { readonly length: string }
  | { readonly add: readonly Expression[] }
  | { readonly subtract: readonly [Expression, Expression] }
  | { readonly multiply: readonly [Expression, Expression] }
  | { readonly abs: Expression }
  | { readonly minutesBetween: readonly [string, string] }

/** An integer over the facts of one entity inside one window. */
export type Accumulator =
  | { readonly count: string; readonly where?: Condition; readonly description?: string }
  | { readonly sum: string; readonly where?: Condition; readonly description?: string }

export type AccumulatorPair = readonly [numerator: string, denominator: string]

export type Metric = { readonly description?: string } & (
  | { readonly value: string }
  | { readonly ratio: AccumulatorPair; readonly decimals: number }
  | { readonly percent: AccumulatorPair; readonly decimals: number }
  | { readonly weighted: readonly WeightedPart[]; readonly decimals: number; readonly requires?: string }
  | { readonly coverage: string; readonly decimals: number }
)

/** One part of a weighted score, in percent. A part that has no value is left out and the weights renormalised. */
export interface WeightedPart {
  readonly weight: number
  readonly percent: AccumulatorPair
  /** A larger value counts as this one. */
  readonly atMost?: number
  /** The value where the denominator is zero; without it the part has none. */
  readonly otherwise?: number
  /** The signal this part is made of; left out where the pipeline declares it absent. */
  readonly signal?: string
}

export interface TierRules {
  /** Grows with every change of the rules; stored with each tier. */
  readonly version: number
  readonly flags: Readonly<Record<string, { readonly green?: NumberTest; readonly red?: NumberTest }>>
  /** The first entry whose `when` holds gives the tier. The last has none. */
  readonly order: readonly {
    readonly tier: string
    readonly when?: { readonly green?: NumberTest; readonly red?: NumberTest }
  }[]
  /** Metrics or accumulators that must reach a value; below it the tier is null. */
  readonly minimum?: Readonly<Record<string, number>>
}

export interface NumberTest {
  readonly equals?: number
  readonly atLeast?: number
  readonly atMost?: number
  readonly above?: number
  readonly below?: number
}

/** A score made of what the accumulators come to over many entities: a sum of weights, each times one input or alone. */
export interface CompositeDefinition {
  readonly name: string
  readonly description?: string
  /** `Facts`: counted anew, exact as of now. `Rows`: added up from the stored rows, as fresh as these are and far cheaper. */
  readonly over: 'Facts' | 'Rows'
  /** Whole days, `7d`; default: the pipeline's shortest window. */
  readonly window?: string
  /** The score is null while one that it is made of is. */
  readonly inputs: Readonly<Record<string, CompositeInput>>
  /** By name, for a pipeline may set others. */
  readonly weights: Readonly<Record<string, number>>
  /** The terms that are added up. */
  readonly score: readonly CompositeTerm[]
  /** A smaller score counts as this one. */
  readonly minimum?: number
  /** A larger score counts as this one. */
  readonly maximum?: number
  readonly decimals: number
  /** The accumulator that tells on how much the score rests. */
  readonly sample: string
  /** Further scores, each about the entities that have one value in common. */
  readonly groups?: Readonly<Record<string, CompositeGroup>>
}

/** The same words as in metrics. What is rounded is the score alone. */
export type CompositeInput = { readonly description?: string } & (
  | { readonly value: string }
  | { readonly ratio: AccumulatorPair }
  | { readonly percent: AccumulatorPair }
)

/** A weight, taken off or added, times an input or alone. */
export type CompositeTerm =
  | { readonly plus: string; readonly times?: string }
  | { readonly minus: string; readonly times?: string }

export interface CompositeGroup {
  /** `<event>.<field>`: of a profile, which each entity has one of. */
  readonly by: string
  /** For `string`: those with a score of their own; default: all that the field may have. */
  readonly values?: readonly string[]
}
