import type { Accumulator, AccumulatorPair, Metric, WeightedPart } from '../../core/metric-sets/definition.ts'
import { conditionText } from './condition-text.ts'
import { code } from './markdown.ts'

export function accumulatorText(accumulator: Accumulator): string {
  const what = 'count' in accumulator ? `facts of ${code(accumulator.count)}` : `sum of ${code(accumulator.sum)}`
  return accumulator.where === undefined ? what : `${what} where ${conditionText(accumulator.where)}`
}

export function formulaText(metric: Metric): string {
  if ('value' in metric) return code(metric.value)
  if ('ratio' in metric) return quotientText(metric.ratio)
  if ('percent' in metric) return `100 × ${quotientText(metric.percent)}`
  if ('coverage' in metric) return `100 × the weights of ${code(metric.coverage)} that had a value / all of its weights`
  return `weighted mean of ${metric.weighted.map(partText).join('; ')}`
}

/** When a metric has no value. */
export function nullText(metric: Metric, metrics: Readonly<Record<string, Metric>>): string {
  if ('value' in metric) return 'never'
  if ('ratio' in metric || 'percent' in metric)
    return `${code(('ratio' in metric ? metric.ratio : metric.percent)[1])} is 0`
  const weighted = 'coverage' in metric ? metrics[metric.coverage] : metric
  const requires = weighted !== undefined && 'weighted' in weighted ? weighted.requires : undefined
  if (requires !== undefined) return `${code(requires)} is 0`
  return 'coverage' in metric ? 'never' : 'no part has a value'
}

function quotientText([numerator, denominator]: AccumulatorPair): string {
  return `${code(numerator)} / ${code(denominator)}`
}

function partText({ weight, percent, atMost, otherwise, signal }: WeightedPart): string {
  const details = [
    `weight ${weight}`,
    ...(atMost === undefined ? [] : [`at most ${atMost}`]),
    ...(otherwise === undefined ? [] : [`${otherwise} where ${code(percent[1])} is 0`]),
    ...(signal === undefined ? [] : [`left out where the signal ${code(signal)} is absent`]),
  ]
  return `100 × ${quotientText(percent)} (${details.join(', ')})`
}
