import { type JsonSchema, referenceOf, typeText } from './json-schema.ts'
import { code, table } from './markdown.ts'

/** A schema's fields, those of objects inside it included, each under its path. */
export function fieldTable(schema: JsonSchema): string {
  return table(['Field', 'Type', 'Default', 'Description'], fieldRows(schema, ''))
}

/** A definition by what it is: fields, or the forms of a union. */
export function definitionTable(schema: JsonSchema, all: Readonly<Record<string, JsonSchema>>): string {
  const alias = referenceOf(schema)
  const { anyOf } = alias === undefined ? schema : (all[alias] ?? {})
  return anyOf === undefined ? fieldTable(schema) : formTable(anyOf)
}

function fieldRows(schema: JsonSchema, prefix: string): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}`
    const isRequired = schema.required?.includes(name) === true
    const row = [code(path), typeText(field), defaultText(field, isRequired), field.description ?? '']
    const entry = typeof field.additionalProperties === 'object' ? field.additionalProperties : {}
    return [
      row,
      ...fieldRows(field, `${path}.`),
      ...fieldRows(entry, `${path}.<name>.`),
      ...fieldRows(field.items ?? {}, `${path}[].`),
    ]
  })
}

function defaultText(field: JsonSchema, isRequired: boolean): string {
  if (isRequired) return 'required'
  return field.default === undefined || field.type === 'object' ? '' : code(field.default)
}

/** A union: one row per form, known by its first field. */
function formTable(forms: readonly JsonSchema[]): string {
  return table(
    ['Form', 'Type', 'Beside it', 'Description'],
    forms.map((form) => {
      const [first, ...others] = Object.entries(form.properties ?? {})
      if (first === undefined) return ['', typeText(form), '', form.description ?? '']
      const beside = others.map(
        ([name, field]) => `${code(name)} ${typeText(field)}${form.required?.includes(name) ? '' : ' (optional)'}`,
      )
      return [code(first[0]), typeText(first[1]), beside.join('; '), first[1].description ?? '']
    }),
  )
}
