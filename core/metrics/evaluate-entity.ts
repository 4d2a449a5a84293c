import type { MetricSet } from '../metric-sets/metric-set.ts'
import { type Fraction, formatScaled, unscaled } from '../numbers/fraction.ts'
import type { Instant } from '../time/instant.ts'
import { entersWindowAt, isInWindow, leavesWindowAt, type WindowDays, windowStart } from '../time/window.ts'
import { compileTotals, type Totals } from './accumulate.ts'
import type { EntityFact } from './entity-fact.ts'
import { computeMetric, type ExactTotals, type MetricValue } from './formula.ts'
import { type Judgement, judgeTier } from './judge-tier.ts'

/** What an entity's row says as of an instant. */
export interface EntityRow {
  /** Facts in no window by their type, and those not older than the longest window; dated ahead, they count here already. */
  readonly facts: number
  /** The first instant at which the row would change without an event; null when it never would. */
  readonly nextChange: Instant | null
  /** In the order of the set's windows. */
  readonly windows: readonly WindowRow[]
}

export interface WindowRow extends Judgement {
  readonly days: WindowDays
  /** In the order of the set's accumulators, each in its own scale. */
  readonly accumulators: readonly bigint[]
  /** In the order of the set's metrics: decimal text with exactly the metric's decimals, null where it has no value. */
  readonly metrics: readonly (string | null)[]
}

interface TimedFact extends EntityFact {
  readonly at: Instant
}

/**
 * One entity's row from its live facts: the meaning of a metric set, in the plainest form. The generated SQL is tested against it.
 */
export function evaluateEntity(set: MetricSet, facts: readonly EntityFact[], asOf: Instant): EntityRow {
  const oldest = windowStart(asOf, Math.max(...set.windows), set.alignment)
  const untimed = facts.filter((fact) => fact.type.at === undefined)
  const timed = facts.filter((fact): fact is TimedFact => fact.at !== null && fact.at >= oldest)
  const accumulate = compileTotals(set.accumulators)
  return {
    facts: untimed.length + timed.length,
    nextChange: earliest(timed.flatMap(({ at }) => changesOf(at, set, asOf))),
    windows: set.windows.map((days) => {
      const inside = timed.filter(({ at }) => isInWindow(at, asOf, days, set.alignment))
      return windowRow(set, days, accumulate(inside))
    }),
  }
}

/** When a fact placed at `at` enters the windows, or leaves those that it is in. */
function changesOf(at: Instant, { windows, alignment }: MetricSet, asOf: Instant): readonly Instant[] {
  if (at >= asOf) return [entersWindowAt(at)]
  return windows
    .filter((days) => isInWindow(at, asOf, days, alignment))
    .map((days) => leavesWindowAt(at, days, alignment))
}

function earliest(instants: readonly Instant[]): Instant | null {
  return instants.reduce<Instant | null>((first, each) => (first === null || each < first ? each : first), null)
}

function windowRow(set: MetricSet, days: WindowDays, totals: Totals): WindowRow {
  const exact = new Map([...totals].map(([accumulator, value]) => [accumulator, unscaled(value, accumulator.scale)]))
  const values = set.metrics.map((metric) => computeMetric(metric, exact))
  return {
    days,
    accumulators: [...totals.values()],
    metrics: values.map((value) => value && formatScaled(value.scaled, value.decimals)),
    ...judge(set, exact, values),
  }
}

/** Rules name metrics, as rounded, and accumulators; where both have one name the metric is meant. */
function judge({ tiers, metrics }: MetricSet, totals: ExactTotals, values: readonly (MetricValue | null)[]): Judgement {
  if (tiers === undefined) return { flags: '', tier: null }
  const ofTotals = [...totals].map(([{ name }, total]) => [name, total] as const)
  const ofMetrics = metrics.map(({ name }, index) => [name, rounded(values[index])] as const)
  return judgeTier(tiers, new Map<string, Fraction | null>([...ofTotals, ...ofMetrics]))
}

function rounded(value: MetricValue | null | undefined): Fraction | null {
  return value ? unscaled(value.scaled, value.decimals) : null
}
