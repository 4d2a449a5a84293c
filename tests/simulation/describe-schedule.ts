import { type RunOptions, runSchedule } from './run-schedule.ts'

/** What happened in a schedule, line by line, and what came of it. */
export function describeSchedule(seed: number, options: RunOptions = {}): string {
  const { violation, trace } = runSchedule(seed, { ...options, isTraced: true })
  return [`seed ${seed}`, ...trace, `seed ${seed}: ${violation ?? 'every promise was kept'}`].join('\n')
}
