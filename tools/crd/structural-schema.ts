/**
 * JSON Schema as zod writes it, or as a CRD wants it. A CRD's schema is structural: no references, one type for each value, and nothing
 * but rules below a choice.
 */
export type SchemaNode = Readonly<Record<string, unknown>>

/** They contain themselves, which a structural schema cannot say. */
const UNBOUNDED: ReadonlySet<string> = new Set(['Condition', 'Expression'])

const CHECKED_ELSEWHERE = 'Checked by the operator and by `mp validate`, for an API server cannot.'

/** What both languages mean the same by. */
const KEPT = [
  'type',
  'format',
  'default',
  'enum',
  'pattern',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'maxProperties',
] as const

/** A schema of zod's, for a CRD. `definitions` are what it refers to. */
export function structuralSchema(schema: SchemaNode, definitions: SchemaNode): SchemaNode {
  const convert = (node: unknown): SchemaNode => structuralSchema(node as SchemaNode, definitions)
  const { $ref, ...own } = schema
  if (typeof $ref === 'string') {
    const name = $ref.replace('#/$defs/', '')
    if (UNBOUNDED.has(name)) return anything(own['description'])
    return convert({ ...(definitions[name] as SchemaNode), ...own })
  }
  if (schema['x-kubernetes-int-or-string'] === true)
    return { ...described(schema), maxLength: schema['maxLength'], ...extensionsOf(schema) }
  if (schema['const'] !== undefined) {
    const { const: only, ...rest } = schema
    return convert({ ...rest, enum: [only] })
  }
  if (Array.isArray(schema['anyOf'])) return convert(merged(schema))
  if (Array.isArray(schema['prefixItems'])) return convert(uniform(schema))
  return {
    ...described(schema),
    ...keptKeywords(schema),
    ...objectKeywords(schema, convert),
    ...(schema['items'] !== undefined && { items: convert(schema['items']) }),
    ...extensionsOf(schema),
    ...(schema['type'] === 'array' &&
      schema['x-kubernetes-list-type'] === undefined && { 'x-kubernetes-list-type': 'atomic' }),
  }
}

function anything(description: unknown): SchemaNode {
  return {
    description: `${String(description)} ${CHECKED_ELSEWHERE}`,
    type: 'object',
    'x-kubernetes-preserve-unknown-fields': true,
  }
}

function described({ description }: SchemaNode): SchemaNode {
  return description === undefined ? {} : { description }
}

/** Bounds of what a number can be at all go without saying. */
function keptKeywords(schema: SchemaNode): SchemaNode {
  const kept = KEPT.filter(
    (name) => schema[name] !== undefined && Math.abs(Number(schema[name])) !== Number.MAX_SAFE_INTEGER,
  )
  const above = schema['exclusiveMinimum']
  return {
    ...Object.fromEntries(kept.map((name) => [name, schema[name]])),
    ...(typeof above === 'number' && { minimum: above, exclusiveMinimum: true }),
  }
}

/** Unknown fields go without saying too: an API server drops them, and kubectl refuses them before. */
function objectKeywords(schema: SchemaNode, convert: (node: unknown) => SchemaNode): SchemaNode {
  const { properties = {}, required = [], additionalProperties: others } = schema
  const fields = Object.entries(properties as SchemaNode).map(([name, field]) => [name, convert(field)])
  return {
    ...(fields.length > 0 && { properties: Object.fromEntries(fields) }),
    ...((required as readonly string[]).length > 0 && { required }),
    ...(typeof others === 'object' && othersAllowed(others as SchemaNode, convert)),
  }
}

function othersAllowed(others: SchemaNode, convert: (node: unknown) => SchemaNode): SchemaNode {
  return Object.keys(others).length === 0
    ? { 'x-kubernetes-preserve-unknown-fields': true }
    : { additionalProperties: convert(others) }
}

/** The forms of a union as one object with the fields of all. Which of them go together is for its rules to say. */
function merged({ anyOf, ...schema }: SchemaNode): SchemaNode {
  const forms = anyOf as readonly SchemaNode[]
  const properties = Object.assign({}, ...forms.map((form) => form['properties'])) as SchemaNode
  if (Object.keys(properties).length === 0 || schema['x-kubernetes-validations'] === undefined)
    throw new Error(`a choice without rules: ${JSON.stringify(schema['description'])}`)
  return { ...schema, type: 'object', properties }
}

/** A tuple: its items are alike. */
function uniform({ prefixItems, ...schema }: SchemaNode): SchemaNode {
  const items = prefixItems as readonly SchemaNode[]
  const [first] = items
  if (items.some((item) => JSON.stringify(item) !== JSON.stringify(first))) throw new Error('a tuple of several types')
  return { ...schema, items: first, minItems: items.length, maxItems: items.length }
}

function extensionsOf(schema: SchemaNode): SchemaNode {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name.startsWith('x-kubernetes-')))
}
