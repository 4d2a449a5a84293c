import type { EventDefinition, FieldType, MetricSetDefinition } from '../definition.ts'
import { type ConditionScope, checkCondition, isConditionWord } from './check-condition.ts'
import { checkField } from './check-field.ts'
import { checkReference } from './check-reference.ts'
import { fieldNames, type Part, partsOf, referenceOf, typed } from './event-parts.ts'
import { checkName, checkRuleName, entryOf, unknownName } from './names.ts'
import type { Report } from './problem.ts'

const TYPES_OF_PART: Readonly<Record<Part, readonly FieldType[]>> = {
  id: ['string', 'integer'],
  entity: ['string', 'integer'],
  reference: ['string', 'integer'],
  at: ['timestamp'],
  version: ['integer', 'timestamp'],
}

const TABLE = /^[A-Za-z_][A-Za-z0-9_$]{0,62}(\.[A-Za-z_][A-Za-z0-9_$]{0,62})?$/

export function checkEvents(
  definition: MetricSetDefinition,
  tables: Readonly<Record<string, string>>,
  report: Report,
): void {
  if (Object.keys(definition.events).length === 0) report('definition.events', 'declares no event type')
  for (const [name, event] of Object.entries(definition.events)) {
    const path = `definition.events.${name}`
    checkName(name, path, report)
    checkFields(event, path, report)
    checkParts(event, path, report)
    checkReference(event, path, { definition, tables, report })
    checkRules(event, path, report)
    checkRouteBy(event, path, report)
    checkTable(event, entryOf(tables, name) ?? event.table, path, report)
  }
  checkStreams(definition, report)
}

function checkFields(event: EventDefinition, path: string, report: Report): void {
  for (const [name, field] of Object.entries(event.fields)) {
    const fieldPath = `${path}.fields.${name}`
    checkName(name, fieldPath, report)
    if (isConditionWord(name))
      report(
        fieldPath,
        `"${name}" is a word of conditions and cannot name a field; say where the value stands with path`,
      )
    checkField(field, fieldPath, report)
  }
}

function checkParts(event: EventDefinition, path: string, report: Report): void {
  for (const [part, name] of partsOf(event)) {
    const partPath = part === 'reference' ? `${path}.references.${referenceOf(event)?.event}` : `${path}.${part}`
    const field = entryOf(event.fields, name)
    if (field === undefined) {
      report(partPath, unknownName(name, 'field of this event', fieldNames(event)))
      continue
    }
    if (!TYPES_OF_PART[part].includes(field.type)) {
      report(
        partPath,
        `"${name}" is ${typed(field)}, but the ${part} must be of type ${TYPES_OF_PART[part].join(' or ')}`,
      )
    }
    if (field.required === false)
      report(partPath, `"${name}" is the ${part} and cannot be optional; remove required: false`)
    if (field.store === false) report(partPath, `"${name}" is the ${part}, which is always kept; remove store: false`)
  }
}

function checkRules(event: EventDefinition, path: string, report: Report): void {
  const seen = new Set<string>()
  const scope: ConditionScope = {
    comparisons: true,
    find: (name) => {
      const field = entryOf(event.fields, name)
      return field === undefined
        ? { problem: unknownName(name, 'field of this event', fieldNames(event)) }
        : { field, isKey: false }
    },
  }
  event.rules?.forEach((rule, index) => {
    const rulePath = `${path}.rules[${index}]`
    checkRuleName(rule.name, `${rulePath}.name`, report)
    if (seen.has(rule.name)) report(`${rulePath}.name`, `another rule is called "${rule.name}" already`)
    seen.add(rule.name)
    if (rule.when !== undefined) checkCondition(rule.when, `${rulePath}.when`, scope, report)
    checkCondition(rule.require, `${rulePath}.require`, scope, report)
    if (rule.message.trim() === '') report(`${rulePath}.message`, 'says nothing')
  })
}

function checkRouteBy(event: EventDefinition, path: string, report: Report): void {
  if (event.routeBy === undefined) return
  const field = entryOf(event.fields, event.routeBy)
  if (field === undefined)
    report(`${path}.routeBy`, unknownName(event.routeBy, 'field of this event', fieldNames(event)))
  else if (!TYPES_OF_PART.entity.includes(field.type))
    report(`${path}.routeBy`, `"${event.routeBy}" is ${typed(field)}, but a key is a string or an integer`)
}

function checkTable(event: EventDefinition, table: string | undefined, path: string, report: Report): void {
  if (table !== undefined && !TABLE.test(table))
    report(`${path}.table`, `"${table}" is no table name such as sessions or public.sessions`)
  if (event.alsoMarks === undefined) return
  if (table === undefined)
    report(`${path}.alsoMarks`, 'is for facts in an existing table only: elsewhere both sides of a move are known')
  event.alsoMarks.forEach((name, index) => {
    const markPath = `${path}.alsoMarks[${index}]`
    const field = entryOf(event.fields, name)
    if (field === undefined) report(markPath, unknownName(name, 'field of this event', fieldNames(event)))
    else if (!TYPES_OF_PART.entity.includes(field.type))
      report(markPath, `"${name}" is ${typed(field)}, but names an entity only as string or integer`)
  })
}

function checkStreams(definition: MetricSetDefinition, report: Report): void {
  const taken = new Map<string, string>()
  for (const [name, event] of Object.entries(definition.events)) {
    event.streams?.forEach((stream, index) => {
      const path = `definition.events.${name}.streams[${index}]`
      const other = taken.get(stream)
      if (stream === '') report(path, 'is empty')
      if (other !== undefined)
        report(path, `"${stream}" implies the type ${other} already; a stream can imply only one`)
      taken.set(stream, name)
    })
  }
}
