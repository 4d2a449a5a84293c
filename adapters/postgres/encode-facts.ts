import type { Fact } from '../../core/events/parse-event.ts'
import type { EventType, SetField } from '../../core/metric-sets/metric-set.ts'
import type { Value } from '../../core/metric-sets/value.ts'
import { formatInstant } from '../../core/time/instant.ts'
import { plainArray, textArray } from './array-literal.ts'

/** The array parameters of the type's upsert, one per column, in the order of `factColumns`. */
export function encodeFacts(type: EventType, facts: readonly Fact[]): string[] {
  return [
    textArray(facts.map((fact) => fact.id)),
    plainArray(facts.map((fact) => fact.version)),
    plainArray(facts.map((fact) => fact.hash)),
    plainArray(facts.map((fact) => fact.deleted)),
    ...(type.entity === undefined ? [] : [textArray(facts.map((fact) => fact.entity))]),
    ...(type.at?.through === 'own'
      ? [plainArray(facts.map((fact) => (fact.at === null ? null : formatInstant(fact.at))))]
      : []),
    ...(type.reference === undefined ? [] : [textArray(facts.map((fact) => fact.reference))]),
    ...type.stored.map((field, index) =>
      encodeColumn(
        field,
        facts.map((fact) => fact.values[index] ?? null),
      ),
    ),
  ]
}

function encodeColumn(field: SetField, values: readonly Value[]): string {
  switch (field.type) {
    case 'string':
      return textArray(values as readonly (string | null)[])
    case 'strings': // a list in a list: its own literal travels as text and is cast row by row
      return textArray(values.map((value) => (value === null ? null : textArray(value as readonly string[]))))
    case 'timestamp':
      return plainArray(values.map((value) => (value === null ? null : formatInstant(value as number))))
    case 'integer':
    case 'decimal':
    case 'boolean':
      return plainArray(values as readonly (number | boolean | null)[])
  }
}
