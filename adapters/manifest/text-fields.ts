import * as z from 'zod'
import { parsePercent } from '../../core/pipeline/parse-percent.ts'
import { parseDurationMs } from '../../core/time/duration.ts'
import { parseWholeDays } from '../../core/time/whole-days.ts'
import { type ClusterRule, cel, clusterRules, valueIs } from './cluster-rules.ts'
import { quote } from './describe-issue.ts'
import { durationRule, whereDuration } from './duration-rules.ts'

const DURATION = /^(?:\d+(?:ms|s|m|h|d))+$/

const LONGEST_DURATION = 32

const MS_PER_DAY = 86_400_000

/** CEL about `ms`. */
const WHOLE_DAYS = `ms % ${MS_PER_DAY} == 0`

export interface DurationBounds {
  /** What a message suggests. */
  readonly example: string
  readonly atLeast: string
  readonly atMost: string
}

export function durationText(bounds: DurationBounds) {
  const [least, most] = [parseDurationMs(bounds.atLeast) ?? 0, parseDurationMs(bounds.atMost) ?? 0]
  return durationPattern(bounds)
    .refine((text) => isWithin(parseDurationMs(text), least, most), {
      error: ({ input }) => `${quote(input)} is ${outOfRange(bounds)}`,
    })
    .meta({
      title: 'duration',
      maxLength: LONGEST_DURATION,
      ...clusterRules(durationRule(bounds.example), rangeRule(bounds, least, most)),
    })
}

/** A duration of whole days, as windows and retention have it. */
export function daysText(bounds: DurationBounds) {
  const [least, most] = [parseWholeDays(bounds.atLeast) ?? 0, parseWholeDays(bounds.atMost) ?? 0]
  const broken = `no whole number of days; write one such as ${bounds.example}`
  return durationPattern(bounds)
    .refine((text) => (parseDurationMs(text) ?? 0) % MS_PER_DAY === 0, {
      error: ({ input }) => `${quote(input)} is ${broken}`,
      abort: true,
    })
    .refine((text) => isWithin(parseWholeDays(text), least, most), {
      error: ({ input }) => `${quote(input)} is ${outOfRange(bounds)}`,
    })
    .meta({
      title: 'duration in days',
      maxLength: LONGEST_DURATION,
      ...clusterRules(
        durationRule(bounds.example),
        { rule: whereDuration('self', WHOLE_DAYS), messageExpression: valueIs(broken) },
        rangeRule(bounds, least * MS_PER_DAY, most * MS_PER_DAY, `!(${WHOLE_DAYS}) || `),
      ),
    })
}

export function percentText({ example }: { readonly example: string }) {
  const is = `no percentage from 0% to 100%; write one such as ${example}`
  return z
    .string()
    .refine((text) => isWithin(parsePercent(text), 0, 1), { error: ({ input }) => `${quote(input)} is ${is}` })
    .meta({
      title: 'percentage',
      maxLength: 32,
      ...clusterRules(textRule(/^(?:0*100(?:\.0+)?|0*[0-9]{1,2}(?:\.[0-9]+)?)%$/, is)),
    })
}

/** A text that must look a certain way; `is` completes "<text> is …". The pattern says how long it may be, or `maxLength` does. */
export function patternText(pattern: RegExp, is: string, maxLength: number, ...rules: readonly ClusterRule[]) {
  return z
    .string()
    .refine((text) => text.length <= maxLength && pattern.test(text), {
      error: ({ input }) => `${quote(input)} is ${is}`,
    })
    .meta({ maxLength, ...clusterRules(textRule(pattern, is), ...rules) })
}

/** In an API server: that a text looks a certain way. */
export function textRule(pattern: RegExp, is: string): ClusterRule {
  return { rule: `self.matches(${cel(pattern.source)})`, messageExpression: valueIs(is) }
}

function durationPattern({ example }: DurationBounds) {
  return z.string().refine((text) => text.length <= LONGEST_DURATION && DURATION.test(text), {
    error: ({ input }) => `${quote(input)} is no duration; write one such as ${example}`,
    abort: true,
  })
}

/** `unless` is what another rule speaks of. */
function rangeRule(bounds: DurationBounds, leastMs: number, mostMs: number, unless = ''): ClusterRule {
  return {
    rule: whereDuration('self', `${unless}ms >= ${leastMs} && ms <= ${mostMs}`),
    messageExpression: valueIs(outOfRange(bounds)),
  }
}

/** Completes "<text> is …". */
function outOfRange({ example, atLeast, atMost }: DurationBounds): string {
  return `not between ${atLeast} and ${atMost}; write one such as ${example}`
}

function isWithin(value: number | undefined, least: number, most: number): boolean {
  return value !== undefined && value >= least && value <= most
}
