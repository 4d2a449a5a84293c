import { Cron } from 'croner'
import * as z from 'zod'
import { nearestName } from '../../core/metric-sets/check/names.ts'
import { clusterRules } from './cluster-rules.ts'
import { textRule } from './text-fields.ts'

const LONGEST_SCHEDULE = 200
const NO_SCHEDULE = 'no schedule; write five cron fields such as 0 2 * * *'

const STEP = '/[1-9][0-9]?'

/** What a field of numbers (or names) may be: any, one, a range, steps through either, or several of these. */
function cronField(number: string): string {
  const each = `(?:\\*(?:${STEP})?|${number}(?:-${number}(?:${STEP})?)?)`
  return `${each}(?:,${each})*`
}

const FIVE_FIELDS = new RegExp(
  `^${[
    '[0-5]?[0-9]',
    '(?:[01]?[0-9]|2[0-3])',
    '(?:0?[1-9]|[12][0-9]|3[01])',
    '(?:0?[1-9]|1[0-2]|[A-Za-z]{3})',
    '(?:[0-6]|[A-Za-z]{3})',
  ]
    .map(cronField)
    .join(' +')}$`,
)

/** To others it is Sunday. */
const DAY_SEVEN = /(?:^|[ ,-])7(?:[-,/][^ ]*)?$/

/** Five cron fields that mean the same to Kubernetes as to the scheduler of a laptop: no seconds, no `L`, `W` or `#`. */
export function scheduleText() {
  return z
    .string()
    .superRefine((schedule, context) => {
      const message = scheduleProblem(schedule)
      if (message !== undefined) context.addIssue({ code: 'custom', message })
    })
    .meta({ title: 'cron schedule', maxLength: LONGEST_SCHEDULE, ...clusterRules(textRule(FIVE_FIELDS, NO_SCHEDULE)) })
}

/** A time zone by its name: an offset such as +02:00 is none to Kubernetes. */
export function timeZoneText() {
  return z
    .string()
    .superRefine((timeZone, context) => {
      if (isTimeZone(timeZone)) return
      const meant = nearestName(timeZone, Intl.supportedValuesOf('timeZone'))
      const hint = meant === undefined ? 'write one such as Etc/UTC or Europe/Berlin' : `did you mean ${meant}?`
      context.addIssue({ code: 'custom', message: `"${timeZone}" is no time zone; ${hint}` })
    })
    .meta({
      title: 'time zone',
      maxLength: LONGEST_TIME_ZONE,
      ...clusterRules(textRule(TIME_ZONE, 'no time zone; write one such as Etc/UTC or Europe/Berlin')),
    })
}

function scheduleProblem(schedule: string): string | undefined {
  if (DAY_SEVEN.test(schedule)) return `"${schedule}" names a day 7, which Kubernetes does not know; write 0 for Sunday`
  const invalid = `"${schedule}" is ${NO_SCHEDULE}`
  if (schedule.length > LONGEST_SCHEDULE || !FIVE_FIELDS.test(schedule)) return invalid
  try {
    const next = new Cron(schedule, { mode: '5-part', utcOffset: 0, paused: true }).nextRun()
    return next === null ? `"${schedule}" never comes; write a day that its month has` : undefined
  } catch {
    return invalid
  }
}

/** What only looks like one is found out by whoever has the list. */
const TIME_ZONE = /^[A-Za-z][A-Za-z0-9_+/-]*$/
const LONGEST_TIME_ZONE = 64

/** Known without asking `Intl`, whose tables cost a worker some 8 MB. */
const UTC = new Set(['Etc/UTC', 'UTC'])

export function isUtc(timeZone: string): boolean {
  return UTC.has(timeZone)
}

function isTimeZone(name: string): boolean {
  if (isUtc(name)) return true
  if (name.length > LONGEST_TIME_ZONE || !TIME_ZONE.test(name)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
