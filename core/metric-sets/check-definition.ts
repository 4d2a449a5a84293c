import { checkAccumulators, factScope } from './check/check-accumulators.ts'
import { checkColumns } from './check/check-columns.ts'
import { checkComposite } from './check/check-composite.ts'
import { checkCondition } from './check/check-condition.ts'
import { checkEvents } from './check/check-event.ts'
import { checkMetrics } from './check/check-metrics.ts'
import { checkTiers } from './check/check-tiers.ts'
import { checkName, entryOf, unknownName } from './check/names.ts'
import type { Problem, Report } from './check/problem.ts'
import type { MetricSetDefinition } from './definition.ts'
import type { MetricSetOptions } from './metric-set.ts'

export type { Problem }

const MOST_WINDOWS = 8

const LONGEST_WINDOW = 3_650

/**
 * Every mistake in a definition and in what a pipeline adds to it; empty when `createMetricSet` can resolve it and the engine can run it.
 *
 * The shape (which keys there are, and of what type) is taken as checked. Paths start at the pipeline's `metrics` section.
 */
export function checkDefinition(definition: MetricSetDefinition, options: MetricSetOptions): readonly Problem[] {
  const problems: Problem[] = []
  const report: Report = (path, message) => {
    problems.push({ path, message })
  }
  checkName(definition.entity, 'definition.entity', report)
  if (definition.entities !== undefined) checkName(definition.entities, 'definition.entities', report)
  checkEvents(definition, options.tables ?? {}, report)
  checkActive(definition, report)
  checkAccumulators(definition, report)
  checkMetrics(definition, report)
  checkTiers(definition, options.tierRules, report)
  checkComposite(definition, options.windows, report)
  checkColumns(definition, options.windows, report)
  checkWindows(options.windows, report)
  checkOptionNames(options.signals, 'signals', 'signal', definition.signals, report)
  checkOptionNames(options.tables, 'tables', 'event type', definition.events, report)
  return problems
}

function checkActive(definition: MetricSetDefinition, report: Report): void {
  if (definition.active === undefined) return
  const { event: name, where } = definition.active
  const event = entryOf(definition.events, name)
  if (event === undefined) {
    report('definition.active.event', unknownName(name, 'event type', Object.keys(definition.events)))
  } else if (event.ignore !== undefined) {
    report('definition.active.event', `${name} is ignored, so it can tell nobody's state`)
  } else if (event.references !== undefined) {
    report('definition.active.event', `${name} has no entity of its own, so it can tell nobody's state`)
  } else {
    checkCondition(where, 'definition.active.where', factScope(event, definition), report)
  }
}

function checkWindows(windows: readonly number[], report: Report): void {
  if (windows.length === 0 || windows.length > MOST_WINDOWS) report('windows', `must list 1 to ${MOST_WINDOWS} windows`)
  windows.forEach((days, index) => {
    if (!Number.isInteger(days) || days < 1 || days > LONGEST_WINDOW) {
      report(`windows[${index}]`, `must be a whole number of days from 1 to ${LONGEST_WINDOW}, is ${days}`)
    }
    if (windows.indexOf(days) < index) report(`windows[${index}]`, `${days} days are listed already`)
  })
}

function checkOptionNames(
  option: Readonly<Record<string, string>> | undefined,
  path: string,
  kind: string,
  known: Readonly<Record<string, unknown>> | undefined,
  report: Report,
): void {
  for (const name of Object.keys(option ?? {})) {
    if (entryOf(known, name) === undefined) report(`${path}.${name}`, unknownName(name, kind, Object.keys(known ?? {})))
  }
}
