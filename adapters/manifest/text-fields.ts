import * as z from 'zod'
import { parsePercent } from '../../core/pipeline/parse-percent.ts'
import { parseDurationMs } from '../../core/time/duration.ts'
import { parseWholeDays } from '../../core/time/whole-days.ts'

const DURATION = /^(?:\d+(?:ms|s|m|h|d))+$/

const MS_PER_DAY = 86_400_000

export interface DurationBounds {
  /** What a message suggests. */
  readonly example: string
  readonly atLeast: string
  readonly atMost: string
}

export function durationText(bounds: DurationBounds) {
  const [least, most] = [parseDurationMs(bounds.atLeast) ?? 0, parseDurationMs(bounds.atMost) ?? 0]
  return durationPattern(bounds)
    .refine((text) => isWithin(parseDurationMs(text), least, most), { error: outOfRange(bounds) })
    .meta({ title: 'duration' })
}

/** A duration of whole days, as windows and retention have it. */
export function daysText(bounds: DurationBounds) {
  const [least, most] = [parseWholeDays(bounds.atLeast) ?? 0, parseWholeDays(bounds.atMost) ?? 0]
  return durationPattern(bounds)
    .refine((text) => (parseDurationMs(text) ?? 0) % MS_PER_DAY === 0, {
      error: ({ input }) => `"${input}" is no whole number of days; write one such as ${bounds.example}`,
      abort: true,
    })
    .refine((text) => isWithin(parseWholeDays(text), least, most), { error: outOfRange(bounds) })
    .meta({ title: 'duration in days' })
}

export function percentText({ example }: { readonly example: string }) {
  return z
    .string()
    .refine((text) => isWithin(parsePercent(text), 0, 1), {
      error: ({ input }) => `"${input}" is no percentage from 0% to 100%; write one such as ${example}`,
    })
    .meta({ title: 'percentage' })
}

/** A text that must look a certain way; `is` completes "<text> is …". */
export function patternText(pattern: RegExp, is: string) {
  return z.string().regex(pattern, { error: ({ input }) => `"${input}" is ${is}` })
}

function durationPattern({ example }: DurationBounds) {
  return z.string().regex(DURATION, {
    error: ({ input }) => `"${input}" is no duration; write one such as ${example}`,
    abort: true,
  })
}

function outOfRange({ example, atLeast, atMost }: DurationBounds) {
  return ({ input }: { readonly input?: unknown }) =>
    `"${input}" is not between ${atLeast} and ${atMost}; write one such as ${example}`
}

function isWithin(value: number | undefined, least: number, most: number): boolean {
  return value !== undefined && value >= least && value <= most
}
