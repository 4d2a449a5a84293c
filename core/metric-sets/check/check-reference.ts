import type { EventDefinition, MetricSetDefinition } from '../definition.ts'
import { fieldNames, isKept, referenceOf, typed } from './event-parts.ts'
import { entryOf, unknownName } from './names.ts'
import type { Report } from './problem.ts'

interface Surroundings {
  readonly definition: MetricSetDefinition
  readonly tables: Readonly<Record<string, string>>
  readonly report: Report
}

/** Checks which entity and which time an event's facts have, by themselves or through the event that they refer to. */
export function checkReference(event: EventDefinition, path: string, around: Surroundings): void {
  const reference = referenceOf(event)
  if (reference === undefined) return checkUnreferring(event, path, around.report)
  if (Object.keys(event.references ?? {}).length > 1) {
    around.report(`${path}.references`, 'an event refers to at most one other, for that one decides its entity')
  }
  const target = entryOf(around.definition.events, reference.event)
  const referencePath = `${path}.references.${reference.event}`
  if (target === undefined) {
    return around.report(
      referencePath,
      unknownName(reference.event, 'event type', Object.keys(around.definition.events)),
    )
  }
  const problem = targetProblem(target, reference.event, around.tables)
  if (problem !== undefined) return around.report(referencePath, problem)
  checkEntityThrough(event, `${reference.event}.${target.entity}`, path, around.report)
  if (event.at?.includes('.')) checkAtThrough(event.at, reference.event, target, `${path}.at`, around.report)
}

function checkUnreferring(event: EventDefinition, path: string, report: Report): void {
  for (const part of ['entity', 'at'] as const) {
    if (event[part]?.includes('.'))
      report(`${path}.${part}`, `"${event[part]}" goes through a reference, but this event has none`)
  }
  if (event.entity === undefined && event.ignore === undefined) {
    report(path, 'names no entity, so its facts would count for nobody; add entity, references or ignore')
  }
}

function targetProblem(
  target: EventDefinition,
  name: string,
  tables: Readonly<Record<string, string>>,
): string | undefined {
  if (target.ignore !== undefined) return `${name} is ignored, so there is never a fact to refer to`
  if (target.references !== undefined)
    return `${name} refers to another event itself; a reference goes one step, never two`
  if (target.entity === undefined || target.entity.includes('.'))
    return `${name} has no entity of its own that could decide this one's`
  const table = entryOf(tables, name) ?? target.table
  if (table !== undefined && target.id === undefined)
    return `${name} is kept in table ${table}; say which of its fields is the id`
  return undefined
}

function checkEntityThrough(event: EventDefinition, expected: string, path: string, report: Report): void {
  if (event.entity === undefined) report(path, `names no entity; the reference decides it, so add entity: ${expected}`)
  else if (event.entity !== expected) {
    report(`${path}.entity`, `the reference decides the entity, so this must be "${expected}", not "${event.entity}"`)
  }
}

function checkAtThrough(at: string, targetName: string, target: EventDefinition, path: string, report: Report): void {
  const [eventName = '', name = ''] = split(at)
  const field = entryOf(target.fields, name)
  if (eventName !== targetName) report(path, `"${at}" goes through ${eventName}, but the reference is to ${targetName}`)
  else if (field === undefined) report(path, unknownName(name, `field of ${targetName}`, fieldNames(target)))
  else if (field.type !== 'timestamp') report(path, `"${at}" is ${typed(field)}, but at must be of type timestamp`)
  else if (field.required === false)
    report(path, `"${at}" is optional, so some facts would be in no window; remove required: false there`)
  else if (!isKept(target, name)) report(path, `"${at}" is not kept (store: false), so it can place nothing`)
}

/** `session.at.x` names event `session` and field `at.x`, which is no field's name. */
function split(name: string): readonly [string, string] {
  const dot = name.indexOf('.')
  return [name.slice(0, dot), name.slice(dot + 1)]
}
