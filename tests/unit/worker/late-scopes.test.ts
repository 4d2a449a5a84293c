import { expect, test } from 'vitest'
import { systemClock } from '../../../adapters/process/system-clock.ts'
import type { CompositeSettings } from '../../../core/composite/composite-settings.ts'
import { LateScopes } from '../../../worker/late-scopes.ts'
import { captureLog } from '../../support/captured-log.ts'

const SETTINGS: CompositeSettings = {
  strategy: 'Hybrid',
  minIntervalMs: 10_000,
  maxStaleMs: 30_000,
  eventThreshold: 100,
}

type Step = (late: LateScopes) => void

const replacedAt =
  (ageMs: number, settings = SETTINGS, scope = 'pipeline'): Step =>
  (late) =>
    late.replaced(scope, ageMs, settings)
const leftAt =
  (ageMs: number | undefined): Step =>
  (late) =>
    late.left('pipeline', ageMs, SETTINGS)
const fails: Step = (late) => late.forget()

const inTime = replacedAt(20_000)
const tooLate = replacedAt(30_001)

function said(steps: readonly Step[]): readonly unknown[] {
  const { log, lines } = captureLog()
  const late = new LateScopes(log, systemClock)
  for (const step of steps) step(late)
  return lines.map((line) => JSON.parse(line))
}

test('of a score that is replaced too late twice in a row it is said which, how old it was and how old it may be', () => {
  expect(said([inTime, tooLate, tooLate])).toEqual([
    expect.objectContaining({ level: 'warn', scope: 'pipeline', ageMs: 30_001, maxStaleMs: 30_000, leftOut: 0 }),
  ])
})

test('it is said seldom, whatever the number of scopes', () => {
  const east = replacedAt(40_000, SETTINGS, 'region=East')
  expect(said([inTime, east, tooLate, east, tooLate, east, tooLate, east])).toHaveLength(1)
})

test.each<[string, readonly Step[]]>([
  ['that is as old as it may be', [inTime, replacedAt(30_000), replacedAt(30_000)]],
  ['that is too late once, as after a process stood still', [inTime, tooLate, inTime, tooLate]],
  ['of which nothing is known from before, as after a fleet was at zero', [tooLate, tooLate]],
  ['that somebody else left undone, for it was due before', [inTime, tooLate, leftAt(16_000), tooLate]],
  ['of whose age nothing was known', [inTime, tooLate, leftAt(undefined), tooLate]],
  ['before which something failed', [inTime, tooLate, fails, tooLate]],
  ['that only events make due', [...Array(3)].map(() => replacedAt(90_000, { ...SETTINGS, strategy: 'EventBased' }))],
])('nothing is said of one %s', (_sentence, steps) => {
  expect(said(steps)).toEqual([])
})

test('it is said of one that was not due when it was asked for in between', () => {
  expect(said([leftAt(15_999), tooLate, leftAt(1_000), tooLate])).toHaveLength(1)
})
