import { BUILT_IN_METRIC_SETS } from '../../core/metric-sets/built-in.ts'
import { columnName } from '../../core/metric-sets/column-name.ts'
import type { EventDefinition, MetricSetDefinition, TierRules } from '../../core/metric-sets/definition.ts'
import { compositeSection } from './composite-section.ts'
import { conditionText, testText } from './condition-text.ts'
import { fieldText, treatmentText } from './field-text.ts'
import { code, table } from './markdown.ts'
import { accumulatorText, formulaText, nullText } from './metric-text.ts'
import { notice, type Page } from './page.ts'

/** One page for each set that pipelines may name: everything it reads, counts and computes. */
export const builtInSetPages: readonly Page[] = Object.entries(BUILT_IN_METRIC_SETS).map(([name, definition]) => ({
  name: `${fileName(name)}.md`,
  write: () => `${[...introduction(name, definition), ...sectionsOf(definition)].join('\n\n')}\n`,
}))

function fileName(set: string): string {
  return set.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase()
}

function introduction(name: string, { entity }: MetricSetDefinition): readonly string[] {
  const table = columnName(`${entity}_metrics`)
  return [
    `# ${name}`,
    notice(`the definition of ${name}`),
    `A built-in metric set: a pipeline names it by \`spec.metrics.set: ${name}\`. It keeps one row for each ${entity} in ${code(table)}, with each ` +
      `metric once per window, as in \`<metric>_30d\`, and one row for each ${entity} and day in ${code(`${table}_daily`)}. What the words ` +
      'mean is told under [metric sets](metric-sets.md).',
  ]
}

function sectionsOf(definition: MetricSetDefinition): readonly string[] {
  return [
    '## Metrics',
    metricTable(definition),
    '## Accumulators',
    'The whole numbers that metrics are made of, stored beside them, as in `acc_<accumulator>_30d`.',
    accumulatorTable(definition),
    ...signals(definition),
    ...active(definition),
    ...Object.entries(definition.tiers ?? {}).flatMap(([name, rules]) => tierSection(name, rules)),
    ...(definition.composite === undefined ? [] : compositeSection(definition.composite)),
    ...Object.entries(definition.events).flatMap(([name, event]) => eventSection(name, event)),
  ]
}

function metricTable({ metrics }: MetricSetDefinition): string {
  return table(
    ['Metric', 'Formula', 'Decimals', 'Null when', 'Description'],
    Object.entries(metrics).map(([name, metric]) => [
      code(columnName(name)),
      formulaText(metric),
      'decimals' in metric ? String(metric.decimals) : '',
      nullText(metric, metrics),
      metric.description ?? '',
    ]),
  )
}

function accumulatorTable({ accumulators }: MetricSetDefinition): string {
  return table(
    ['Accumulator', 'Counts', 'Description'],
    Object.entries(accumulators).map(([name, each]) => [code(name), accumulatorText(each), each.description ?? '']),
  )
}

function signals({ signals = {} }: MetricSetDefinition): readonly string[] {
  if (Object.keys(signals).length === 0) return []
  const rows = Object.entries(signals).map(([name, assumed]) => [code(name), code(assumed)])
  return [
    '## Signals',
    'Parts of weighted metrics that a pipeline may lack; it says so under `spec.metrics.signals`.',
    table(['Signal', 'Assumed'], rows),
  ]
}

function active({ active }: MetricSetDefinition): readonly string[] {
  if (active === undefined) return []
  return [
    '## Active entities',
    `The daily aggregation leaves out whoever is known to be inactive: whoever has a fact of ${code(active.event)} for which this does not ` +
      `hold: ${conditionText(active.where)}. \`--include-inactive\` covers them too.`,
  ]
}

function tierSection(name: string, { version, flags, order, minimum = {} }: TierRules): readonly string[] {
  const flagRows = Object.entries(flags).map(([metric, { green, red }]) => [
    code(columnName(metric)),
    green === undefined ? '' : testText(green),
    red === undefined ? '' : testText(red),
  ])
  const orderRows = order.map(({ tier, when }) => [
    tier,
    when?.green === undefined ? '' : testText(when.green),
    when?.red === undefined ? '' : testText(when.red),
  ])
  const least = Object.entries(minimum).map(([of, value]) => `${code(of)} is at least ${value}`)
  return [
    `## Tier rules: ${name}`,
    `Version ${version}.${least.length === 0 ? '' : ` There is a tier only where ${least.join(' and ')}.`} A metric that is null raises no flag.`,
    table(['Metric', 'Green', 'Red'], flagRows),
    'The first line that holds gives the tier.',
    table(['Tier', 'Green flags', 'Red flags'], orderRows),
  ]
}

function eventSection(name: string, event: EventDefinition): readonly string[] {
  const title = `## Event: ${name}`
  if (event.ignore !== undefined) return [title, `Read, counted and left alone: ${event.ignore}.`]
  const rules = event.rules ?? []
  return [
    title,
    ...(event.description === undefined ? [] : [event.description]),
    table(['Part', 'Is'], partRows(event)),
    table(
      ['Field', 'Value', 'Treatment', 'Description'],
      Object.entries(event.fields).map(([field, each]) => [
        code(field),
        fieldText(each),
        treatmentText(each),
        each.description ?? '',
      ]),
    ),
    ...(rules.length === 0 ? [] : [ruleTable(rules)]),
  ]
}

function partRows({ streams = [], id, entity, at, version, references = {} }: EventDefinition): readonly string[][] {
  const named = (field: string | undefined, otherwise: string) => (field === undefined ? otherwise : code(field))
  return [
    ['streams', streams.map(code).join(', ')],
    ['id', named(id, "the event's own")],
    ['entity', named(entity, 'none')],
    ['at', named(at, 'in no window')],
    ['version', named(version, 'when the event was published')],
    ...Object.entries(references).map(([type, field]) => [
      'reference',
      `${code(field)} holds the id of a ${code(type)}`,
    ]),
  ]
}

function ruleTable(rules: NonNullable<EventDefinition['rules']>): string {
  return table(
    ['Rule', 'Severity', 'Applies when', 'Requires', 'Message'],
    rules.map(({ name, severity, when, require, message }) => [
      code(name),
      severity,
      when === undefined ? 'always' : conditionText(when),
      conditionText(require),
      message,
    ]),
  )
}
