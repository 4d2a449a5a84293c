import { type RunOptions, runSchedule } from './run-schedule.ts'

export interface Run {
  /** How many schedules were run, the one that failed included. */
  readonly schedules: number
  readonly steps: number
  readonly failure: { readonly seed: number; readonly violation: string } | undefined
}

/** Runs one seed after the other until one fails, or `goesOn`, which is told how many are done, says no. */
export function runSchedules(from: number, goesOn: (done: number) => boolean, options: RunOptions = {}): Run {
  let schedules = 0
  let steps = 0
  while (goesOn(schedules)) {
    const seed = from + schedules
    const outcome = runSchedule(seed, options)
    schedules += 1
    steps += outcome.steps
    if (outcome.violation !== undefined) return { schedules, steps, failure: { seed, violation: outcome.violation } }
  }
  return { schedules, steps, failure: undefined }
}
