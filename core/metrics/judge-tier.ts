import type { Comparison, NumberTest, TierRules } from '../metric-sets/definition.ts'
import { decimalFraction } from '../numbers/decimal-fraction.ts'
import { compareFractions, type Fraction, whole } from '../numbers/fraction.ts'

export interface Judgement {
  /** `name=green,other=red` in the order of names; metrics without a flag are left out. */
  readonly flags: string
  /** Null below the rules' minimum. */
  readonly tier: string | null
}

/** Metrics (as rounded) and accumulators of one window by name; null or missing where there is no value. */
export type NamedValues = ReadonlyMap<string, Fraction | null>

type Colour = 'green' | 'red'

/** Applies tier rules to one window. A value that is missing raises no flag and reaches no minimum. */
export function judgeTier(rules: TierRules, values: NamedValues): Judgement {
  const raised = Object.entries(rules.flags).flatMap(([name, flag]) => {
    const colour = colourOf(flag, values.get(name) ?? null)
    return colour === undefined ? [] : [{ name, colour }]
  })
  const count = (colour: Colour) => whole(raised.filter((flag) => flag.colour === colour).length)
  return {
    flags: raised.map(({ name, colour }) => `${name}=${colour}`).join(','),
    tier: reachesMinimum(rules, values) ? firstTier(rules, count('green'), count('red')) : null,
  }
}

function colourOf({ green, red }: TierRules['flags'][string], value: Fraction | null): Colour | undefined {
  if (value === null) return undefined
  if (green !== undefined && passes(green, value)) return 'green'
  return red !== undefined && passes(red, value) ? 'red' : undefined
}

function reachesMinimum({ minimum = {} }: TierRules, values: NamedValues): boolean {
  return Object.entries(minimum).every(([name, least]) => {
    const value = values.get(name) ?? null
    return value !== null && passes({ atLeast: least }, value)
  })
}

function firstTier({ order }: TierRules, green: Fraction, red: Fraction): string | null {
  const given = order.find(({ when = {} }) => {
    const isGreen = when.green === undefined || passes(when.green, green)
    return isGreen && (when.red === undefined || passes(when.red, red))
  })
  return given?.tier ?? null
}

const TESTS: Readonly<Record<Comparison, (order: number) => boolean>> = {
  equals: (order) => order === 0,
  atLeast: (order) => order >= 0,
  atMost: (order) => order <= 0,
  above: (order) => order > 0,
  below: (order) => order < 0,
}

function passes(test: NumberTest, value: Fraction): boolean {
  return Object.entries(test).every(([name, bound]) =>
    TESTS[name as Comparison](compareFractions(value, decimalFraction(bound))),
  )
}
