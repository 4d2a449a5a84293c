import { columnName } from '../../../core/metric-sets/column-name.ts'
import type { MetricSet, SetTiers } from '../../../core/metric-sets/metric-set.ts'
import { shiftDecimal } from '../../../core/numbers/scale-decimal.ts'
import type { WindowDays } from '../../../core/time/window.ts'
import { numberTestSql } from './formula-sql.ts'
import { identifier, literal, windowColumn } from './identifiers.ts'

/** `name=green,other=red` for one window, over its metric columns. */
export function flagsSql(tiers: SetTiers, days: WindowDays): string {
  const flags = Object.entries(tiers.flags).map(([name, { green, red }]) => {
    const column = identifier(windowColumn(columnName(name), days))
    const cases = [
      ...(green === undefined ? [] : [`when ${numberTestSql(column, green)} then ${literal(`${name}=green`)}`]),
      ...(red === undefined ? [] : [`when ${numberTestSql(column, red)} then ${literal(`${name}=red`)}`]),
    ]
    return `case ${cases.join(' ')} end`
  })
  return `concat_ws(',', ${flags.join(', ')})`
}

/** How many flags of a window are green, or red where they are not green. */
export function flagCountSql(tiers: SetTiers, days: WindowDays, colour: 'green' | 'red'): string {
  const counts = Object.entries(tiers.flags).map(([name, { green, red }]) => {
    const column = identifier(windowColumn(columnName(name), days))
    const isGreen = green === undefined ? 'false' : numberTestSql(column, green)
    const isRed = red === undefined ? 'false' : numberTestSql(column, red)
    return colour === 'green'
      ? `case when ${isGreen} then 1 else 0 end`
      : `case when ${isGreen} then 0 when ${isRed} then 1 else 0 end`
  })
  return counts.join(' + ')
}

/** The tier of one window from its flag counts (`green`, `red`) and minimum columns; null below the minimum. */
export function tierSql(set: MetricSet, tiers: SetTiers, days: WindowDays, green: string, red: string): string {
  const minimum = Object.entries(tiers.minimum ?? {}).map(([name, bound]) => minimumSql(set, name, bound, days))
  const order = tiers.order.map(({ tier, when }) => {
    if (when === undefined) return `else ${literal(tier)}`
    const tests = [
      ...(when.green === undefined ? [] : [numberTestSql(green, when.green)]),
      ...(when.red === undefined ? [] : [numberTestSql(red, when.red)]),
    ]
    return `when ${tests.join(' and ') || 'true'} then ${literal(tier)}`
  })
  const chain = order.length === 1 ? literal(tiers.order[0]?.tier ?? '') : `case ${order.join(' ')} end`
  return minimum.length === 0 ? chain : `case when ${minimum.join(' and ')} then ${chain} end`
}

/** A metric is a number as declared, an accumulator an integer in its own scale. Where both have one name the metric is meant. */
function minimumSql(set: MetricSet, name: string, bound: number, days: WindowDays): string {
  const accumulator = set.metrics.some((metric) => metric.name === name)
    ? undefined
    : set.accumulators.find((each) => each.name === name)
  const column = identifier(windowColumn(accumulator?.column ?? columnName(name), days))
  return `coalesce(${column} >= ${shiftDecimal(bound, accumulator?.scale ?? 0)}, false)`
}
