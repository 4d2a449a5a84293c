import { expect, test } from 'vitest'
import { describeSchedule } from './describe-schedule.ts'
import { MUTATIONS, type Mutation } from './mutation.ts'
import { runSchedule } from './run-schedule.ts'
import { runSchedules } from './run-schedules.ts'

/** Schedules of the run are as many as fit in here; `make simulate` runs more. */
const BUDGET_MS = 12_000

/** Far more than any of them needs. */
const SCHEDULES_PER_MUTANT = 5_000

test('a seed always stands for the same schedule', () => {
  for (const seed of [1, 2, 3]) expect(describeSchedule(seed)).toBe(describeSchedule(seed))
})

test('no schedule breaks a promise', () => {
  const from = Math.floor(Math.random() * 2 ** 30)
  const endAt = performance.now() + BUDGET_MS
  const { schedules, failure } = runSchedules(from, () => performance.now() < endAt)
  console.info(`simulation: seeds ${from} to ${from + schedules - 1}`)
  if (failure !== undefined) throw new Error(describeSchedule(failure.seed))
})

test.each(Object.entries(MUTATIONS))('%s is found: %s', (name) => {
  const mutation = name as Mutation
  const { failure } = runSchedules(0, (done) => done < SCHEDULES_PER_MUTANT, { mutation })
  expect(failure?.violation).toEqual(expect.any(String))
  expect(runSchedule(failure?.seed ?? 0).violation).toBeUndefined()
})
