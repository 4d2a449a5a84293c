import { choice, code } from './markdown.ts'

/** The part of JSON Schema that zod writes for pipelines. */
export interface JsonSchema {
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, JsonSchema>>
  readonly title?: string
  readonly description?: string
  readonly default?: unknown
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly JsonSchema[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | JsonSchema
  readonly items?: JsonSchema
  readonly prefixItems?: readonly JsonSchema[]
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly minItems?: number
  readonly maxItems?: number
}

/** The name of the definition that a schema refers to: `Condition`; undefined when it stands for itself. */
export function referenceOf(schema: JsonSchema): string | undefined {
  return schema.$ref?.replace('#/$defs/', '')
}

/** A schema's type in words, with its bounds: `integer, 1 to 64`, `list of [Rule](#rule)`. */
export function typeText(schema: JsonSchema): string {
  const reference = referenceOf(schema)
  if (reference !== undefined) return `[${reference}](#${reference.toLowerCase()})`
  if (schema.const !== undefined) return code(schema.const)
  if (schema.enum !== undefined) return choice(schema.enum.map(code))
  if (schema.anyOf !== undefined) return schema.title ?? choice(schema.anyOf.map(typeText))
  if (schema.prefixItems !== undefined) return `list: ${schema.prefixItems.map(typeText).join(', ')}`
  if (schema.items !== undefined)
    return withBounds(`list of ${typeText(schema.items)}`, schema.minItems, schema.maxItems)
  if (typeof schema.additionalProperties === 'object') return `map of name to ${typeText(schema.additionalProperties)}`
  if (schema.exclusiveMinimum !== undefined) return `${plainType(schema)}, above ${schema.exclusiveMinimum}`
  return withBounds(plainType(schema), schema.minimum, schema.maximum)
}

function plainType({ title, type = 'any' }: JsonSchema): string {
  return title ?? (typeof type === 'string' ? type : choice(type))
}

function withBounds(text: string, least: number | undefined, given: number | undefined): string {
  const most = given === Number.MAX_SAFE_INTEGER ? undefined : given
  if (least !== undefined && most !== undefined) return `${text}, ${least} to ${most}`
  if (least !== undefined) return `${text}, at least ${least}`
  return most === undefined ? text : `${text}, at most ${most}`
}
