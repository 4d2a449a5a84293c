import { MUTATIONS, type Mutation } from './mutation.ts'
import { runSchedules } from './run-schedules.ts'

// `make mutants`: each mistake is made, and has to be found within a minute.

const WITHIN_MS = 60_000

for (const [mutation, meaning] of Object.entries(MUTATIONS)) {
  const beganAt = performance.now()
  const { failure, schedules } = runSchedules(0, () => performance.now() - beganAt < WITHIN_MS, {
    mutation: mutation as Mutation,
  })
  const seconds = ((performance.now() - beganAt) / 1_000).toFixed(1)
  const found =
    failure === undefined
      ? `NOT FOUND in ${schedules} schedules, ${seconds} s`
      : `found by seed ${failure.seed} after ${seconds} s: ${failure.violation}`
  process.stdout.write(`${mutation}: ${meaning}\n  ${found}\n`)
  if (failure === undefined) process.exitCode = 1
}
