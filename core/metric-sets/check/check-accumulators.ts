import type { Accumulator, EventDefinition, MetricSetDefinition } from '../definition.ts'
import { type ConditionScope, checkCondition } from './check-condition.ts'
import { fieldNames, isKept, isKey, referenceOf, typed } from './event-parts.ts'
import { checkName, entryOf, unknownName } from './names.ts'
import type { Report } from './problem.ts'

export function checkAccumulators(definition: MetricSetDefinition, report: Report): void {
  if (Object.keys(definition.accumulators).length === 0) report('definition.accumulators', 'declares no accumulator')
  for (const [name, accumulator] of Object.entries(definition.accumulators)) {
    const path = `definition.accumulators.${name}`
    checkName(name, path, report)
    const event =
      'count' in accumulator
        ? checkCount(accumulator.count, path, definition, report)
        : checkSum(accumulator.sum, path, definition, report)
    checkWhere(accumulator, event, path, definition, report)
  }
}

function checkCount(
  counted: string,
  path: string,
  definition: MetricSetDefinition,
  report: Report,
): EventDefinition | undefined {
  const [eventName = '', field] = counted.split('.')
  if (field === undefined) return countableEvent(eventName, `${path}.count`, definition, report)
  report(
    `${path}.count`,
    `counts facts, so it names an event type alone: "${eventName}"; count values with where: { ${field}: { present: true } }`,
  )
  return undefined
}

function checkSum(
  summed: string,
  path: string,
  definition: MetricSetDefinition,
  report: Report,
): EventDefinition | undefined {
  const sumPath = `${path}.sum`
  const [eventName = '', fieldName, ...rest] = summed.split('.')
  if (fieldName === undefined || rest.length > 0) {
    report(sumPath, `"${summed}" must name an event type and one of its fields: event.field`)
    return undefined
  }
  const event = countableEvent(eventName, sumPath, definition, report)
  if (event === undefined) return undefined
  const field = entryOf(event.fields, fieldName)
  if (field === undefined) report(sumPath, unknownName(fieldName, `field of ${eventName}`, fieldNames(event)))
  else if (field.type !== 'integer' && field.type !== 'decimal')
    report(sumPath, `"${summed}" is ${typed(field)}; only integers and decimals can be summed`)
  else if (!isKept(event, fieldName))
    report(sumPath, `"${summed}" is not kept, so it cannot be summed; remove store: false`)
  else if (isKey(event, fieldName)) report(sumPath, `"${summed}" is a key, which is kept as text and cannot be summed`)
  return event
}

/** The event type if its facts can be accumulated: they have an entity and a place in a window. */
function countableEvent(
  name: string,
  path: string,
  { events }: MetricSetDefinition,
  report: Report,
): EventDefinition | undefined {
  const event = entryOf(events, name)
  if (event === undefined) report(path, unknownName(name, 'event type', Object.keys(events)))
  else if (event.ignore !== undefined) report(path, `${name} is ignored, so there is nothing to accumulate`)
  else if (event.at === undefined) report(path, `${name} has no at, so its facts are in no window`)
  else return event
  return undefined
}

function checkWhere(
  { where }: Accumulator,
  event: EventDefinition | undefined,
  path: string,
  definition: MetricSetDefinition,
  report: Report,
): void {
  if (where !== undefined && event !== undefined)
    checkCondition(where, `${path}.where`, factScope(event, definition), report)
}

/** What can be asked of a fact when metrics are computed: its kept fields, and those of the fact it refers to. */
export function factScope(event: EventDefinition, { events }: MetricSetDefinition): ConditionScope {
  const reference = referenceOf(event)
  const find: ConditionScope['find'] = (name) => {
    const dot = name.indexOf('.')
    if (dot === -1) return findKept(name, name, event, 'this event')
    const through = name.slice(0, dot)
    const target = through === reference?.event ? entryOf(events, through) : undefined
    if (target !== undefined) return findKept(name, name.slice(dot + 1), target, through)
    return {
      problem: `"${name}" goes through ${through}, but ${reference === undefined ? 'this event refers to none' : `the reference is to ${reference.event}`}`,
    }
  }
  return { comparisons: false, find }
}

function findKept(
  written: string,
  name: string,
  event: EventDefinition,
  owner: string,
): ReturnType<ConditionScope['find']> {
  const field = entryOf(event.fields, name)
  if (field === undefined) return { problem: unknownName(name, `field of ${owner}`, fieldNames(event)) }
  if (!isKept(event, name))
    return { problem: `"${written}" is not kept, so it is unknown when metrics are computed; remove store: false` }
  return { field, isKey: isKey(event, name) }
}
