import { getActiveResourcesInfo } from 'node:process'
import { expect, test, vi } from 'vitest'
import { AlarmClock } from '../../../exporter/alarm-clock.ts'

const timers = () => getActiveResourcesInfo().filter((name) => name === 'Timeout').length

test('those who are due in one moment are called in one turn', async () => {
  const alarms = new AlarmClock()
  const turns = new Set<number>()
  let turn = 0
  const called = Array.from({ length: 100 }, () => Promise.withResolvers<void>())
  for (const { resolve } of called)
    alarms.ringIn(30, () => {
      turns.add(turn)
      setImmediate(() => (turn += 1))
      resolve()
    })
  await Promise.all(called.map(({ promise }) => promise))
  expect(turns.size, 'a hundred within a moment or a few').toBeLessThan(10)
})

test('who is called off is not called, and keeps no process from ending', async () => {
  const alarms = new AlarmClock()
  const before = timers()
  let calls = 0
  const callOff = [alarms.ringIn(10_000, () => (calls += 1)), alarms.ringIn(10_000, () => (calls += 1))]
  expect(timers()).toBeGreaterThan(before)
  for (const each of callOff) each()
  expect(timers()).toBe(before)
  const { promise, resolve } = Promise.withResolvers<void>()
  alarms.ringIn(10, () => (calls += 1))()
  alarms.ringIn(30, resolve)
  await promise
  expect(calls).toBe(0)
})

test('who is due in a moment whose middle has passed is called at once', async () => {
  const now = vi.spyOn(performance, 'now').mockReturnValue(1_020) // the moment of 1,000 is the nearest
  const timer = vi.spyOn(globalThis, 'setTimeout')
  await new Promise<void>((resolve) => new AlarmClock().ringIn(0, resolve))
  const waits = timer.mock.calls.map(([, ms]) => ms)
  now.mockRestore()
  timer.mockRestore()
  expect(waits, 'Node warns of what is negative').toEqual([0])
})
