import { decimalFraction } from '../../numbers/decimal-fraction.ts'
import { parseWholeDays } from '../../time/whole-days.ts'
import { type WindowDays, windowLabel } from '../../time/window.ts'
import type { CompositeDefinition, CompositeInput, MetricSetDefinition } from '../definition.ts'
import { DECIMALS_PROBLEM, isDecimals } from './check-field.ts'
import { checkGroups } from './check-groups.ts'
import { checkAccumulatorName, checkPair } from './check-metrics.ts'
import { checkName, entryOf, unknownName } from './names.ts'
import type { Report } from './problem.ts'

const PATH = 'definition.composite'

export function checkComposite(definition: MetricSetDefinition, windows: readonly WindowDays[], report: Report): void {
  const { composite } = definition
  if (composite === undefined) return
  checkName(composite.name, `${PATH}.name`, report)
  checkWindow(composite, windows, report)
  if (Object.keys(composite.inputs).length === 0) report(`${PATH}.inputs`, 'declares no input')
  for (const [name, input] of Object.entries(composite.inputs)) {
    checkName(name, `${PATH}.inputs.${name}`, report)
    checkInput(input, `${PATH}.inputs.${name}`, definition, report)
  }
  for (const [name, weight] of Object.entries(composite.weights)) {
    checkName(name, `${PATH}.weights.${name}`, report)
    const problem = weightProblem(weight)
    if (problem !== undefined) report(`${PATH}.weights.${name}`, problem)
  }
  checkScore(composite, report)
  checkBounds(composite, report)
  checkSample(definition, composite.sample, report)
  checkGroups(definition, composite.groups ?? {}, `${PATH}.groups`, report)
}

const LARGEST_WEIGHT = 1_000_000

const WEIGHT_DIGITS = 6

/** Why a score could not be made with this weight; undefined where it can. */
export function weightProblem(weight: number): string | undefined {
  if (Math.abs(weight) <= LARGEST_WEIGHT && hasDigits(weight, WEIGHT_DIGITS)) return undefined
  return `must lie between -${LARGEST_WEIGHT} and ${LARGEST_WEIGHT}, with at most ${WEIGHT_DIGITS} digits after the point`
}

function hasDigits(value: number, most: number): boolean {
  return decimalFraction(value).denominator <= 10n ** BigInt(most)
}

/** Rows have the pipeline's windows; facts are kept for the longest of them. */
function checkWindow({ over, window }: CompositeDefinition, windows: readonly WindowDays[], report: Report): void {
  if (window === undefined) return
  const days = parseWholeDays(window)
  const longest = Math.max(1, ...windows)
  if (days === undefined || days < 1)
    return report(`${PATH}.window`, `"${window}" is no whole number of days; write one such as 7d`)
  if (over === 'Rows' && !windows.includes(days))
    return report(
      `${PATH}.window`,
      `"${window}" is no window of the pipeline; rows have ${windows.map(windowLabel).join(', ')}`,
    )
  if (days > longest)
    report(`${PATH}.window`, `"${window}" reaches back further than facts are kept for, ${windowLabel(longest)}`)
}

function checkInput(input: CompositeInput, path: string, definition: MetricSetDefinition, report: Report): void {
  if ('value' in input) return checkAccumulatorName(input.value, `${path}.value`, definition, report)
  if ('ratio' in input) return checkPair(input.ratio, `${path}.ratio`, definition, report)
  checkPair(input.percent, `${path}.percent`, definition, report)
}

function checkScore({ score, inputs, weights }: CompositeDefinition, report: Report): void {
  if (score.length === 0) return report(`${PATH}.score`, 'adds nothing up')
  score.forEach((term, index) => {
    const [sign, weight] = 'plus' in term ? ['plus', term.plus] : ['minus', term.minus]
    const path = `${PATH}.score[${index}]`
    if (entryOf(weights, weight) === undefined)
      report(`${path}.${sign}`, unknownName(weight, 'weight', Object.keys(weights)))
    if (term.times !== undefined && entryOf(inputs, term.times) === undefined)
      report(`${path}.times`, unknownName(term.times, 'input', Object.keys(inputs)))
  })
  const used = score.flatMap((term) => ('plus' in term ? term.plus : term.minus))
  reportUnused(weights, used, `${PATH}.weights`, report)
  reportUnused(
    inputs,
    score.flatMap(({ times = [] }) => times),
    `${PATH}.inputs`,
    report,
  )
}

/** A weight that does nothing would be set in vain. */
function reportUnused(
  declared: Readonly<Record<string, unknown>>,
  used: readonly string[],
  path: string,
  report: Report,
): void {
  for (const name of Object.keys(declared))
    if (!used.includes(name)) report(`${path}.${name}`, 'is in no term of the score; add one, or remove it')
}

function checkBounds({ minimum, maximum, decimals }: CompositeDefinition, report: Report): void {
  if (!isDecimals(decimals)) return report(`${PATH}.decimals`, DECIMALS_PROBLEM)
  for (const [name, bound] of Object.entries({ minimum, maximum }))
    if (bound !== undefined && !hasDigits(bound, decimals))
      report(`${PATH}.${name}`, `${bound} has more digits than the ${decimals} decimals of the score`)
  if (minimum !== undefined && maximum !== undefined && minimum > maximum)
    report(`${PATH}.minimum`, `${minimum} is more than the maximum, ${maximum}`)
}

function checkSample(definition: MetricSetDefinition, sample: string, report: Report): void {
  const accumulator = entryOf(definition.accumulators, sample)
  if (accumulator === undefined) return checkAccumulatorName(sample, `${PATH}.sample`, definition, report)
  if ('sum' in accumulator) report(`${PATH}.sample`, `"${sample}" is a sum; name an accumulator that counts facts`)
}
