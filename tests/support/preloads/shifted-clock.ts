import { readFileSync } from 'node:fs'

// Loaded before a program of a test: its wall clock is off by the milliseconds in the file CLOCK_OFFSET_FILE, which is read again on SIGHUP.
// What runs evenly (timers, performance.now) is left alone, as a step of the system's clock leaves it alone.

const RealDate = globalThis.Date

let offsetMs = 0

const readOffset = () => {
  offsetMs = Number(readFileSync(process.env['CLOCK_OFFSET_FILE'] as string, 'utf8'))
}

const now = () => RealDate.now() + offsetMs

readOffset()
process.on('SIGHUP', readOffset)

globalThis.Date = new Proxy(RealDate, {
  construct: (target, given, self) => Reflect.construct(target, given.length === 0 ? [now()] : given, self),
  apply: () => new Date().toString(),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
})

// When the process began is told by the clock of then, and stays as it was told.
Object.defineProperty(performance, 'timeOrigin', { value: performance.timeOrigin + offsetMs })
