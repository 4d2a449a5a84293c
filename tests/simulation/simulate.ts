import { describeSchedule } from './describe-schedule.ts'
import { runSchedules } from './run-schedules.ts'

// `make simulate`: so many schedules from a seed on. One alone is told line by line.

const SCHEDULES = 20_000
const PROGRESS_EVERY_MS = 5_000

const schedules = wholeNumber('SCHEDULES', SCHEDULES)
const from = wholeNumber('SEED', 0)
const beganAt = performance.now()
const cpuBefore = process.cpuUsage()
let nextProgressAt = beganAt + PROGRESS_EVERY_MS

if (schedules === 1) process.stdout.write(`${describeSchedule(from)}\n`)
const { failure, ...run } = runSchedules(from, (done) => {
  if (performance.now() >= nextProgressAt) {
    nextProgressAt += PROGRESS_EVERY_MS
    process.stderr.write(`  ${grouped(done)} of ${grouped(schedules)}, ${grouped(perMinute(done))} a minute\n`)
  }
  return done < schedules
})
if (failure !== undefined) {
  if (schedules > 1) process.stdout.write(`${describeSchedule(failure.seed)}\n`)
  process.stdout.write(`once more: make simulate SCHEDULES=1 SEED=${failure.seed}\n`)
  process.exitCode = 1
}
const { user, system } = process.cpuUsage(cpuBefore)
process.stdout.write(
  `seeds ${from} to ${from + run.schedules - 1}: ${grouped(run.schedules)} schedules, ${grouped(run.steps)} steps, ` +
    `${failure === undefined ? 'every promise kept' : 'one broken'}; ${grouped(perMinute(run.schedules))} schedules a minute, ` +
    `${grouped((run.schedules * 60_000_000) / (user + system))} per minute of CPU\n`,
)

function perMinute(done: number): number {
  return (done * 60_000) / (performance.now() - beganAt)
}

function grouped(number: number): string {
  return Math.round(number).toLocaleString('en')
}

function wholeNumber(variable: string, otherwise: number): number {
  const text = process.env[variable] ?? ''
  const number = text === '' ? otherwise : Number(text)
  if (Number.isSafeInteger(number) && number >= 0) return number
  process.stderr.write(`${variable} must be a whole number; it is ${text}\n`)
  process.exit(2)
}
