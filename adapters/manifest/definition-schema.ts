import * as z from 'zod'
import type { Condition, Expression, MetricSetDefinition } from '../../core/metric-sets/definition.ts'
import { clusterRules, keyedBy, oneOfFields } from './cluster-rules.ts'
import { COUNT_OR_SUM, NAMES_ARE_KNOWN, namesField, ONE_FORMULA } from './definition-rules.ts'
import { quote } from './describe-issue.ts'
import { durationRule } from './duration-rules.ts'
import { exactlyOneOf } from './exactly-one-of.ts'
import { mapOf } from './map-of.ts'
import type { SameType } from './same-type.ts'
import { durationText } from './text-fields.ts'

const NO_OPERATOR = /^(?!(?:all|any|not|compare)$)/

/** Of an event type, a field, an accumulator, or two of them with a dot between. */
const nameText = z.string().max(128)

const scalar = z.union([z.string(), z.number(), z.boolean()], { error: 'must be a text, a number, true or false' })

function scalarText(value: unknown): string {
  return typeof value === 'object' || value === undefined ? '1' : quote(value)
}

const numberTest = z
  .strictObject({
    equals: z.number().exactOptional().describe('The value is this one.'),
    atLeast: z.number().exactOptional().describe('The value is this one or larger.'),
    atMost: z.number().exactOptional().describe('The value is this one or smaller.'),
    above: z.number().exactOptional().describe('The value is larger.'),
    below: z.number().exactOptional().describe('The value is smaller.'),
  })
  .meta({ id: 'NumberTest', description: 'Tests on a number; all of them must pass.' })

const fieldTest = z
  .strictObject(
    {
      ...numberTest.shape,
      equals: scalar.exactOptional().describe('The value is this one.'),
      oneOf: z.array(scalar).exactOptional().describe('The value is one of these.'),
      present: z
        .boolean()
        .exactOptional()
        .describe('Whether the field has a value. The only test that is never unknown.'),
    },
    {
      error: ({ code, input }) =>
        code === 'invalid_type' ? `must be a test such as { equals: ${scalarText(input)} }` : undefined,
    },
  )
  .meta({ id: 'FieldTest', description: 'Tests on a field; all of them must pass.' })

const conditionSchema: z.ZodType<Condition> = z
  .lazy(() => anyCondition)
  .meta({
    id: 'Condition',
    description:
      'Tests on fields, for instance `{ delayMinutes: { atMost: 15 } }`, joined by `all`, `any`, `not`. An absent value is neither true nor false, as in SQL.',
  })

const expressionSchema: z.ZodType<Expression> = z
  .lazy(() => anyExpression)
  .meta({ id: 'Expression', description: "A number, or a calculation over the event's own fields. For rules only." })

const anyCondition = z.union(
  [
    z.strictObject({ all: z.array(conditionSchema).describe('Every one holds.') }),
    z.strictObject({ any: z.array(conditionSchema).describe('At least one holds.') }),
    z.strictObject({ not: conditionSchema.describe('It does not hold.') }),
    z.strictObject({
      compare: z
        .tuple([expressionSchema, z.enum(['equals', 'above', 'atLeast', 'below', 'atMost']), expressionSchema])
        .describe(
          'Compares two calculations, for instance `[{ field: paid }, atMost, { field: total }]`. In rules only.',
        ),
    }),
    z.record(z.string().regex(NO_OPERATOR), fieldTest).describe('Every named field passes its test.'),
  ],
  { error: 'must be a condition such as { delayMinutes: { atMost: 15 } }, or one of all, any, not, compare' },
)

const anyExpression = z.union(
  [
    z.number(),
    z.strictObject({ field: z.string().describe('The value of a number field.') }),
    z.strictObject({ length: z.string().describe('The length of a text or list field.') }),
    z.strictObject({ add: z.array(expressionSchema).describe('The sum.') }),
    z.strictObject({ subtract: z.tuple([expressionSchema, expressionSchema]).describe('The first less the second.') }),
    z.strictObject({ multiply: z.tuple([expressionSchema, expressionSchema]).describe('The product.') }),
    z.strictObject({ abs: expressionSchema.describe('The value without its sign.') }),
    z.strictObject({
      minutesBetween: z
        .tuple([z.string(), z.string()])
        .describe('Minutes from the first timestamp field to the second.'),
    }),
  ],
  { error: exactlyOneOf(['field', 'length', 'add', 'subtract', 'multiply', 'abs', 'minutesBetween'], 'a number, or ') },
)

const fieldSchema = z
  .strictObject({
    type: z
      .enum(['string', 'strings', 'integer', 'decimal', 'boolean', 'timestamp'])
      .describe('`strings` is a list of texts; `timestamp` is an ISO 8601 text with an offset.'),
    required: z.boolean().exactOptional().describe('Whether the field must be present and not null. Default: true.'),
    path: z
      .string()
      .min(1)
      .exactOptional()
      .describe("Where the value stands in the event's data, dots between keys. Default: the field's name."),
    lenient: z
      .boolean()
      .exactOptional()
      .describe('An invalid value counts as absent, with a warning, instead of refusing the event. Default: false.'),
    store: z
      .boolean()
      .exactOptional()
      .describe('False: the value is checked but not kept, as for names and free text. Default: true.'),
    minLength: z.int().min(0).exactOptional().describe('For `string`: fewest characters.'),
    maxLength: z.int().min(1).exactOptional().describe('For `string`: most characters. Default: 1000.'),
    format: z.literal('email').exactOptional().describe('For `string`: what the text must look like.'),
    oneOf: z
      .array(z.string())
      .min(1)
      .exactOptional()
      .describe('For `string`, and for each item of `strings`: the values allowed.'),
    minItems: z.int().min(0).exactOptional().describe('For `strings`: fewest items.'),
    maxItems: z.int().min(1).exactOptional().describe('For `strings`: most items. Default: 100.'),
    minimum: z.number().exactOptional().describe('For `integer` and `decimal`: the smallest value allowed.'),
    maximum: z.number().exactOptional().describe('For `integer` and `decimal`: the largest value allowed.'),
    decimals: z
      .int()
      .min(0)
      .max(9)
      .exactOptional()
      .describe('For `decimal`: digits kept after the point; more are rounded half away from zero.'),
    maxAhead: durationText({ example: '30d', atLeast: '0s', atMost: '36500d' })
      .meta(clusterRules(durationRule('30d'))) // of so many fields an API server can judge no more
      .exactOptional()
      .describe(
        "For `timestamp`: how far it may lie after the event's publication, such as 0s or 30d. Default: unlimited.",
      ),
    description: z.string().exactOptional().describe('What the field means.'),
  })
  .meta({ id: 'Field', description: 'One field of an event.' })

const ruleSchema = z
  .strictObject({
    name: z.string().min(1).describe('Counted and reported under this name.'),
    severity: z
      .enum(['error', 'warning'])
      .describe('`error` refuses the event, `warning` counts it in the data-quality report.'),
    when: conditionSchema
      .exactOptional()
      .describe('The rule applies only to events for which this holds. Default: to all.'),
    require: conditionSchema.describe('What must hold. An event for which it is unknown passes.'),
    message: z.string().min(1).describe('What a dead letter says about it.'),
  })
  .meta({ id: 'Rule', description: 'What must hold between the fields of an event.' })

const eventSchema = z
  .strictObject({
    entity: nameText
      .exactOptional()
      .describe(
        'The field that names the entity, or `<event>.<field>` through the reference. Only an ignored event may lack it.',
      ),
    at: nameText
      .exactOptional()
      .describe(
        'The timestamp field that places the fact in a window, own or through the reference. Absent: the fact is in no window.',
      ),
    id: nameText
      .exactOptional()
      .describe("The field that identifies the fact within its type. Default: the event's own id."),
    version: nameText
      .exactOptional()
      .describe(
        'The integer or timestamp field that orders versions of a fact. Default: when the event was published.',
      ),
    references: z
      .record(z.string(), nameText)
      .exactOptional()
      .describe('Another event type, and the field that holds the id of its fact. At most one; it decides the entity.'),
    fields: mapOf(fieldSchema, 256).describe('What the event carries, by field name.'),
    rules: z.array(ruleSchema).meta(keyedBy('name')).exactOptional().describe('What must hold between fields.'),
    routeBy: nameText
      .exactOptional()
      .describe(
        'The field whose value decides the shard of a sharded source. Default: the entity, or the reference that leads to it.',
      ),
    streams: z
      .array(z.string())
      .exactOptional()
      .describe('Streams whose entries carry no type of their own and are of this one.'),
    table: z
      .string()
      .exactOptional()
      .describe('An existing table or view that holds the facts; an entry then only marks its entity.'),
    alsoMarks: z
      .array(z.string())
      .exactOptional()
      .describe(
        'Further optional fields that name entities to mark: the other side of a move, where facts are in an existing table.',
      ),
    ignore: z.string().exactOptional().describe('Why entries of this type are read, counted and left alone.'),
    description: z.string().exactOptional().describe('What the event states.'),
  })
  .meta({
    id: 'Event',
    description: 'An event type: what an entry may state.',
    ...clusterRules(...['entity', 'at', 'id', 'version', 'routeBy'].map(namesField)),
  })

const where = conditionSchema.exactOptional().describe('Only facts for which this holds. Default: all.')
const description = z.string().exactOptional().describe('What the number means.')

const accumulatorSchema = z
  .union(
    [
      z.strictObject({ count: nameText.describe('Counts facts of this event type.'), where, description }),
      z.strictObject({ sum: nameText.describe('Adds up a field, written `<event>.<field>`.'), where, description }),
    ],
    { error: exactlyOneOf(['count', 'sum']) },
  )
  .meta({
    id: 'Accumulator',
    description: 'A whole number over the facts of one entity inside one window.',
    ...clusterRules(COUNT_OR_SUM),
  })

const pair = z.tuple([nameText, nameText])
const decimals = z.int().min(0).max(9).describe('Digits after the point, rounded half away from zero.')

const weightedPart = z
  .strictObject({
    weight: z.number().positive().describe('The part counts this much against the others.'),
    percent: pair.describe('Two accumulators: 100 × the first / the second.'),
    atMost: z.number().exactOptional().describe('A larger value counts as this one.'),
    otherwise: z
      .number()
      .exactOptional()
      .describe('The value where the second accumulator is zero. Default: the part is left out.'),
    signal: z
      .string()
      .exactOptional()
      .describe('The signal this part is made of; left out where the pipeline declares it absent.'),
  })
  .meta({ id: 'WeightedPart', description: 'One part of a weighted score.' })

const metricSchema = z
  .union(
    [
      z.strictObject({ value: nameText.describe('An accumulator as it is.'), description }),
      z.strictObject({
        ratio: pair.describe('Two accumulators: the first / the second; null where the second is zero.'),
        decimals,
        description,
      }),
      z.strictObject({
        percent: pair.describe('Two accumulators: 100 × the first / the second; null where the second is zero.'),
        decimals,
        description,
      }),
      z.strictObject({
        weighted: z
          .array(weightedPart)
          .min(1)
          .describe('A weighted mean of percentages. Parts without a value are left out and the weights renormalised.'),
        decimals,
        requires: nameText.exactOptional().describe('Null while this accumulator is zero.'),
        description,
      }),
      z.strictObject({
        coverage: nameText.describe("How much of a weighted metric's weight had a value, in percent."),
        decimals,
        description,
      }),
    ],
    { error: exactlyOneOf(['value', 'ratio', 'percent', 'weighted', 'coverage']) },
  )
  .meta({
    id: 'Metric',
    description: 'A number that is stored and read, made of accumulators.',
    ...clusterRules(...ONE_FORMULA),
  })

const flagTest = numberTest.exactOptional()

const tierRulesSchema = z
  .strictObject({
    version: z.int().min(1).describe('Grows with every change of the rules; stored with each tier.'),
    flags: z
      .record(
        z.string(),
        z.strictObject({
          green: flagTest.describe('The metric is good.'),
          red: flagTest.describe('The metric is bad.'),
        }),
      )
      .describe('Which metrics raise a flag, and from which rounded value on. A metric without a value raises none.'),
    order: z
      .array(
        z.strictObject({
          tier: z.string().min(1).describe('The name of the tier.'),
          when: z
            .strictObject({
              green: flagTest.describe('How many flags are green.'),
              red: flagTest.describe('How many flags are red.'),
            })
            .exactOptional()
            .describe('When the tier is given. Absent in the last entry only.'),
        }),
      )
      .min(1)
      .describe('The first entry that holds gives the tier.'),
    minimum: z
      .record(z.string(), z.number())
      .exactOptional()
      .describe('Metrics or accumulators that must reach a value; below it there is no tier.'),
  })
  .meta({ id: 'TierRules', description: 'How flags on metrics become a tier.' })

const compositeInput = z
  .union(
    [
      z.strictObject({ value: nameText.describe('An accumulator as it is.'), description }),
      z.strictObject({ ratio: pair.describe('Two accumulators: the first / the second.'), description }),
      z.strictObject({ percent: pair.describe('Two accumulators: 100 × the first / the second.'), description }),
    ],
    { error: exactlyOneOf(['value', 'ratio', 'percent']) },
  )
  .meta({
    id: 'CompositeInput',
    description:
      'What a score is made of: accumulators, added up over all entities of the scope. Null where one that is divided by is zero.',
    ...clusterRules(oneOfFields(['value', 'ratio', 'percent'])),
  })

const times = nameText
  .exactOptional()
  .describe('The input that the weight is multiplied by. Left out, it counts alone.')

const compositeTerm = z
  .union(
    [
      z.strictObject({ plus: nameText.describe('The weight that is added.'), times }),
      z.strictObject({ minus: nameText.describe('The weight that is taken off.'), times }),
    ],
    { error: exactlyOneOf(['plus', 'minus']) },
  )
  .meta({
    id: 'CompositeTerm',
    description: 'One summand of a score.',
    ...clusterRules(oneOfFields(['plus', 'minus'])),
  })

const compositeGroup = z
  .strictObject({
    by: nameText.describe(
      '`<event>.<field>`: a text or boolean field of a profile, which is an event type without `at` whose id is its entity.',
    ),
    values: z
      .array(z.string())
      .exactOptional()
      .describe('The texts whose entities have a score of their own. Default: all that the field may be.'),
  })
  .meta({
    id: 'CompositeGroup',
    description: 'Entities that have a score of their own, by a value they have in common.',
  })

const compositeSchema = z
  .strictObject({
    name: nameText.describe('What the score is called.'),
    description,
    over: z
      .enum(['Facts', 'Rows'])
      .describe(
        'What is added up. `Facts`: the facts themselves, exact as of now. `Rows`: the stored rows, as fresh as these are, at a fraction of the cost.',
      ),
    window: z
      .string()
      .max(32)
      .exactOptional()
      .describe(
        "The window, in whole days; one of the pipeline's where rows are added up. Default: the shortest of these.",
      ),
    inputs: mapOf(compositeInput, 32).describe('What the score is made of, by name.'),
    weights: z
      .record(z.string(), z.number())
      .describe('The numbers of the formula, by name. A pipeline may set others under `spec.composite.weights`.'),
    score: z
      .array(compositeTerm)
      .min(1)
      .max(64)
      .describe('The terms that are added up. Null where one of their inputs is, or where there is no sample.'),
    minimum: z.number().exactOptional().describe('A smaller score counts as this one.'),
    maximum: z.number().exactOptional().describe('A larger score counts as this one.'),
    decimals,
    sample: nameText.describe('The accumulator that says on how many facts the score rests.'),
    groups: mapOf(compositeGroup, 8).exactOptional().describe('Further scores, each about some of the entities.'),
  })
  .meta({ id: 'Composite', description: 'One score about all entities together.' })

export const definitionSchema = z
  .strictObject({
    entity: z
      .string()
      .describe('What the metrics are about, in the singular: `airport`. Names the table `<entity>_metrics`.'),
    entities: z
      .string()
      .exactOptional()
      .describe('The plural, as an option of the aggregation: `airports` allows `--airports a,b`.'),
    events: mapOf(eventSchema, 64).describe('The event types, by name.'),
    active: z
      .strictObject({
        event: z.string().describe('The event type whose facts describe entities.'),
        where: conditionSchema.describe('What an active one fulfils.'),
      })
      .exactOptional()
      .describe('Which entities the daily aggregation covers unless inactive ones are included. Default: all.'),
    signals: z
      .record(z.string(), z.enum(['Expected', 'Absent']))
      .exactOptional()
      .describe('Parts of a weighted score that a pipeline may lack, with what is assumed when it says nothing.'),
    accumulators: mapOf(accumulatorSchema, 500).describe(
      'Counts and sums over the facts of one entity in one window, by name.',
    ),
    metrics: mapOf(metricSchema, 200).describe('What is stored and read, by name.'),
    tiers: z
      .record(z.string(), tierRulesSchema)
      .exactOptional()
      .describe('Rule sets by name; `Default` is used unless the pipeline picks another.'),
    composite: compositeSchema
      .exactOptional()
      .describe('A score about all entities together, calculated for pipelines that have `spec.composite`.'),
  })
  .meta(clusterRules(...NAMES_ARE_KNOWN))

true satisfies SameType<z.output<typeof definitionSchema>, MetricSetDefinition>
