import type { Metric, MetricSetDefinition, WeightedPart } from '../definition.ts'
import { DECIMALS_PROBLEM, isDecimals } from './check-field.ts'
import { checkName, entryOf, unknownName } from './names.ts'
import type { Report } from './problem.ts'

export function checkMetrics(definition: MetricSetDefinition, report: Report): void {
  if (Object.keys(definition.metrics).length === 0) report('definition.metrics', 'declares no metric')
  for (const name of Object.keys(definition.signals ?? {})) checkName(name, `definition.signals.${name}`, report)
  for (const [name, metric] of Object.entries(definition.metrics)) {
    const path = `definition.metrics.${name}`
    checkName(name, path, report)
    if ('decimals' in metric && !isDecimals(metric.decimals)) report(`${path}.decimals`, DECIMALS_PROBLEM)
    checkFormula(metric, path, definition, report)
  }
}

function checkFormula(metric: Metric, path: string, definition: MetricSetDefinition, report: Report): void {
  if ('value' in metric) return checkAccumulatorName(metric.value, `${path}.value`, definition, report)
  if ('ratio' in metric) return checkPair(metric.ratio, `${path}.ratio`, definition, report)
  if ('percent' in metric) return checkPair(metric.percent, `${path}.percent`, definition, report)
  if ('coverage' in metric) return checkCoverage(metric.coverage, `${path}.coverage`, definition, report)
  if (metric.weighted.length === 0) report(`${path}.weighted`, 'has no part')
  metric.weighted.forEach((part, index) => {
    checkPart(part, `${path}.weighted[${index}]`, definition, report)
  })
  if (metric.requires !== undefined) checkAccumulatorName(metric.requires, `${path}.requires`, definition, report)
}

function checkPart(part: WeightedPart, path: string, definition: MetricSetDefinition, report: Report): void {
  if (!(Number.isSafeInteger(part.weight) && part.weight > 0))
    report(`${path}.weight`, 'must be a whole number above 0')
  checkPair(part.percent, `${path}.percent`, definition, report)
  for (const option of ['atMost', 'otherwise'] as const) {
    const value = part[option]
    if (value !== undefined && !Number.isSafeInteger(value))
      report(`${path}.${option}`, 'must be a whole number of percent')
  }
  if (part.signal !== undefined && entryOf(definition.signals, part.signal) === undefined) {
    report(`${path}.signal`, unknownName(part.signal, 'signal', Object.keys(definition.signals ?? {})))
  }
}

function checkCoverage(name: string, path: string, { metrics }: MetricSetDefinition, report: Report): void {
  const metric = entryOf(metrics, name)
  const weighted = Object.keys(metrics).filter((each) => 'weighted' in (entryOf(metrics, each) as Metric))
  if (metric === undefined) report(path, unknownName(name, 'weighted metric', weighted))
  else if (!('weighted' in metric)) report(path, `"${name}" is not weighted, so it has no coverage`)
}

export function checkPair(
  pair: readonly string[],
  path: string,
  definition: MetricSetDefinition,
  report: Report,
): void {
  pair.forEach((name, index) => {
    checkAccumulatorName(name, `${path}[${index}]`, definition, report)
  })
}

export function checkAccumulatorName(
  name: string,
  path: string,
  { accumulators }: MetricSetDefinition,
  report: Report,
): void {
  if (entryOf(accumulators, name) === undefined)
    report(path, unknownName(name, 'accumulator', Object.keys(accumulators)))
}
