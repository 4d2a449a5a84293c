import type { MetricSetDefinition, NumberTest, TierRules } from '../definition.ts'
import { checkTierRulesName, entryOf, unknownName } from './names.ts'
import type { Report } from './problem.ts'

const DEFAULT_RULES = 'Default'

export function checkTiers(definition: MetricSetDefinition, chosen: string | undefined, report: Report): void {
  checkChoice(definition.tiers, chosen, report)
  for (const [name, rules] of Object.entries(definition.tiers ?? {})) {
    const path = `definition.tiers.${name}`
    checkTierRulesName(name, path, report)
    if (!(Number.isSafeInteger(rules.version) && rules.version > 0))
      report(`${path}.version`, 'must be a whole number above 0')
    checkFlags(rules, path, definition, report)
    checkOrder(rules, path, report)
    checkMinimum(rules, path, definition, report)
  }
}

function checkChoice(tiers: MetricSetDefinition['tiers'], chosen: string | undefined, report: Report): void {
  const names = Object.keys(tiers ?? {})
  if (chosen !== undefined && entryOf(tiers, chosen) === undefined)
    report('tierRules', unknownName(chosen, 'tier rule set', names))
  if (chosen === undefined && tiers !== undefined && entryOf(tiers, DEFAULT_RULES) === undefined) {
    report('tierRules', `must name one of ${names.join(', ')}, for none of them is called ${DEFAULT_RULES}`)
  }
}

function checkFlags({ flags }: TierRules, path: string, { metrics }: MetricSetDefinition, report: Report): void {
  if (Object.keys(flags).length === 0)
    report(`${path}.flags`, 'raises no flag, so every entity would get the same tier')
  for (const [name, flag] of Object.entries(flags)) {
    const flagPath = `${path}.flags.${name}`
    if (entryOf(metrics, name) === undefined) report(flagPath, unknownName(name, 'metric', Object.keys(metrics)))
    if (flag.green === undefined && flag.red === undefined)
      report(flagPath, 'says neither what is green nor what is red')
    checkTests(flag, flagPath, report)
  }
}

function checkOrder({ order }: TierRules, path: string, report: Report): void {
  if (order.length === 0) report(`${path}.order`, 'names no tier')
  order.forEach(({ tier, when }, index) => {
    const tierPath = `${path}.order[${index}]`
    const isLast = index === order.length - 1
    if (tier.trim() === '') report(`${tierPath}.tier`, 'is empty')
    if (isLast && when !== undefined)
      report(`${tierPath}.when`, 'the last tier is for everybody who got no other, so it has no when')
    if (isLast || when === undefined) {
      if (!isLast) report(tierPath, 'has no when, so the tiers after it could never be given')
      return
    }
    if (when.green === undefined && when.red === undefined)
      report(`${tierPath}.when`, 'says neither how many green nor how many red flags')
    checkTests(when, `${tierPath}.when`, report)
  })
}

function checkTests(
  tests: { readonly green?: NumberTest; readonly red?: NumberTest },
  path: string,
  report: Report,
): void {
  for (const colour of ['green', 'red'] as const) {
    const test = tests[colour]
    if (test !== undefined && Object.keys(test).length === 0) report(`${path}.${colour}`, 'tests nothing')
  }
}

function checkMinimum(
  { minimum }: TierRules,
  path: string,
  { metrics, accumulators }: MetricSetDefinition,
  report: Report,
): void {
  const names = [...Object.keys(metrics), ...Object.keys(accumulators)]
  for (const name of Object.keys(minimum ?? {})) {
    if (!names.includes(name)) report(`${path}.minimum.${name}`, unknownName(name, 'metric or accumulator', names))
  }
}
