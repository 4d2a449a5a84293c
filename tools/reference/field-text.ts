import type { FieldDefinition } from '../../core/metric-sets/definition.ts'
import { code } from './markdown.ts'

/** What a field may hold, in words: `integer, 1 to 5`, `one of a, b`. */
export function fieldText(field: FieldDefinition): string {
  return [
    field.decimals === undefined ? field.type : `${field.type} with ${field.decimals} decimals`,
    ...rangeText(field.minimum, field.maximum, ''),
    ...rangeText(field.minLength, field.maxLength, ' characters'),
    ...rangeText(field.minItems, field.maxItems, ' items'),
    ...(field.oneOf === undefined ? [] : [`one of ${field.oneOf.map(code).join(', ')}`]),
    ...(field.format === undefined ? [] : [field.format]),
    ...(field.maxAhead === undefined ? [] : [`at most ${field.maxAhead} after publication`]),
  ].join(', ')
}

/** How a field is treated, where it is not required, checked strictly and kept. */
export function treatmentText({ required, lenient, store, path }: FieldDefinition): string {
  return [
    ...(required === false ? ['optional'] : []),
    ...(lenient === true ? ['invalid counts as absent'] : []),
    ...(store === false ? ['checked, not kept'] : []),
    ...(path === undefined ? [] : [`read from ${code(path)}`]),
  ].join(', ')
}

function rangeText(least: number | undefined, most: number | undefined, of: string): readonly string[] {
  if (least !== undefined && most !== undefined) return [`${least} to ${most}${of}`]
  if (least !== undefined) return [`at least ${least}${of}`]
  return most === undefined ? [] : [`at most ${most}${of}`]
}
