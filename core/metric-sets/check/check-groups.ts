import type { CompositeGroup, EventDefinition, FieldDefinition, MetricSetDefinition } from '../definition.ts'
import { literalProblem } from './check-literal.ts'
import { fieldNames, isKept, isKey, typed } from './event-parts.ts'
import { checkName, entryOf, unknownName } from './names.ts'
import type { Report } from './problem.ts'

/** Each has a calculation, a gate and a history of its own. */
const MOST_SCOPES = 50

/** A value is part of a scope, which stands in lines of a table, labels of metrics and keys. */
const MOST_CHARACTERS = 100

export function checkGroups(
  definition: MetricSetDefinition,
  groups: Readonly<Record<string, CompositeGroup>>,
  path: string,
  report: Report,
): void {
  let scopes = 0
  for (const [name, group] of Object.entries(groups)) {
    checkName(name, `${path}.${name}`, report)
    scopes += checkGroup(group, `${path}.${name}`, definition, report)
  }
  if (scopes > MOST_SCOPES)
    report(path, `${scopes} values would have a score of their own, more than ${MOST_SCOPES}; list fewer in values`)
}

/** How many scores it asks for. */
function checkGroup(
  { by, values }: CompositeGroup,
  path: string,
  definition: MetricSetDefinition,
  report: Report,
): number {
  const field = groupingField(by, `${path}.by`, definition, report)
  if (field === undefined) return 0
  if (field.type === 'boolean') {
    if (values !== undefined) report(`${path}.values`, 'true and false have a score each; remove this')
    return 2
  }
  if (values === undefined) {
    if (field.oneOf === undefined)
      report(`${path}.by`, `"${by}" may be any text; list in values which of them have a score of their own`)
    for (const value of field.oneOf ?? []) reportUnfit(value, `${path}.by`, report)
    return field.oneOf?.length ?? 0
  }
  if (values.length === 0) report(`${path}.values`, 'lists no value')
  values.forEach((value, index) => {
    const problem = literalProblem(value, field)
    if (problem !== undefined) report(`${path}.values[${index}]`, problem)
    reportUnfit(value, `${path}.values[${index}]`, report)
    if (values.indexOf(value) < index) report(`${path}.values[${index}]`, `${JSON.stringify(value)} is listed already`)
  })
  return values.length
}

function reportUnfit(value: string, path: string, report: Report): void {
  const { length } = [...value]
  if (/\p{Cc}/u.test(value))
    report(path, `${JSON.stringify(value)} has a control character; a value that has a score of its own has none`)
  else if (length > MOST_CHARACTERS)
    report(path, `a value of ${length} characters cannot have a score of its own, at most ${MOST_CHARACTERS} can`)
}

/** The field, if it puts each entity into one group. */
function groupingField(
  by: string,
  path: string,
  { events }: MetricSetDefinition,
  report: Report,
): FieldDefinition | undefined {
  const [eventName = '', fieldName, ...rest] = by.split('.')
  if (fieldName === undefined || rest.length > 0) {
    report(path, `"${by}" must name an event type and one of its fields: event.field`)
    return undefined
  }
  const event = entryOf(events, eventName)
  const field = entryOf(event?.fields, fieldName)
  if (event === undefined) report(path, unknownName(eventName, 'event type', Object.keys(events)))
  else if (event.ignore !== undefined) report(path, `${eventName} is ignored, so it can tell nobody's group`)
  else if (!isProfile(event))
    report(
      path,
      `an entity may have several facts of ${eventName}; group by a profile: an event with no at, whose id is its entity`,
    )
  else if (field === undefined) report(path, unknownName(fieldName, `field of ${eventName}`, fieldNames(event)))
  else if (!isKept(event, fieldName))
    report(path, `"${by}" is not kept, so it can tell nobody's group; remove store: false`)
  else if (isKey(event, fieldName)) report(path, `"${by}" is a key, so each group would be one entity`)
  else if (field.type !== 'string' && field.type !== 'boolean')
    report(path, `"${by}" is ${typed(field)}; only a string or a boolean makes groups`)
  else return field
  return undefined
}

/** One fact for each entity. */
function isProfile({ id, entity, at, references }: EventDefinition): boolean {
  return at === undefined && references === undefined && entity !== undefined && id === entity
}
