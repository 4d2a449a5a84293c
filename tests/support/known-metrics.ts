import type { Registry } from 'prom-client'
import { ExporterMetrics } from '../../adapters/telemetry/exporter-metrics.ts'
import { OperatorMetrics } from '../../adapters/telemetry/operator-metrics.ts'
import { WorkerMetrics } from '../../adapters/telemetry/worker-metrics.ts'
import { type DefinedMetric, definedMetrics } from '../../tools/reference/defined-metrics.ts'

type Labels = ReadonlySet<string>

/** What Prometheus adds by where it found a process. */
const OF_TARGETS = ['namespace', 'pod', 'job', 'instance', 'container', 'pipeline']

/** By whose words the rules of Prometheus speak of alerts. */
const OF_ALERTS = ['alertname', 'alertstate', 'severity', 'window']

/** Every series that a process of this project may expose, by name, with the labels that it has once it was scraped. */
export function knownMetrics(): ReadonlyMap<string, Labels> {
  const registries: readonly Registry[] = [
    new WorkerMetrics().registry,
    new ExporterMetrics().registry,
    new OperatorMetrics().registry,
  ]
  return new Map([
    ...registries.flatMap(definedMetrics).flatMap(seriesOf),
    ['up', new Set(OF_TARGETS)],
    ['ALERTS', new Set([...OF_TARGETS, ...OF_ALERTS])],
  ])
}

function seriesOf({ name, type, labelNames }: DefinedMetric): readonly (readonly [string, Labels])[] {
  const labels = new Set([...labelNames, ...OF_TARGETS])
  if (type !== 'histogram') return [[name, labels]]
  return [
    [`${name}_bucket`, new Set([...labels, 'le'])],
    [`${name}_sum`, labels],
    [`${name}_count`, labels],
  ]
}

const SELECTOR = /(?<![\w:$.])([a-zA-Z_][\w:]*)\s*\{([^{}]*)\}/g
const BARE = /(?<![\w:$."])((?:mp|process|nodejs)_\w+)(?!\s*[{\w])/g
const MATCHER = /(\w+)\s*(?:=~|!~|!=|=)\s*"(?:[^"\\]|\\.)*"/g
const RECORDED = /\b[a-zA-Z_]\w*(?::\w+)+/g
const GROUPING = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g

/**
 * What an expression asks for in vain: metrics that no process has, labels that a metric has not, labels to group by that none of its metrics
 * has. `recorded`: what rules of recording give, by name.
 */
export function askedInVain(
  expr: string,
  known: ReadonlyMap<string, Labels>,
  recorded: readonly string[] = [],
): readonly string[] {
  const selectors = [
    ...[...expr.matchAll(SELECTOR)].map(([, name = '', matchers = '']) => ({ name, matchers })),
    ...[...expr.matchAll(BARE)].map(([, name = '']) => ({ name, matchers: '' })),
  ].filter(({ name }) => !name.includes(':'))
  const inSelectors = selectors.flatMap(({ name, matchers }) => {
    const labels = known.get(name)
    if (labels === undefined) return [name]
    const asked = [...matchers.matchAll(MATCHER)].map(([, label = '']) => label)
    return asked.filter((label) => !labels.has(label)).map((label) => `${name}{${label}}`)
  })
  const groupings = [...expr.matchAll(GROUPING)].flatMap(([, list = '']) => list.split(/[\s,]+/).filter(Boolean))
  const all = new Set([...OF_TARGETS, ...selectors.flatMap(({ name }) => [...(known.get(name) ?? [])])])
  const neverRecorded = (expr.match(RECORDED) ?? []).filter((name) => !recorded.includes(name))
  return [
    ...inSelectors,
    ...neverRecorded,
    ...groupings.filter((label) => !all.has(label)).map((label) => `by (${label})`),
  ]
}
