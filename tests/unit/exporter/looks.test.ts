import { expect, test } from 'vitest'
import { AlarmClock } from '../../../exporter/alarm-clock.ts'
import { Looks, type LooksOptions } from '../../../exporter/looks.ts'
import { eventually } from '../../support/eventually.ts'

const EVERY_MS = 10

/** Looks whose clock a test sets. */
function createLooks(look: () => Promise<string>, options: Partial<LooksOptions<string>> = {}) {
  const clock = { now: 0 }
  const stop = new AbortController()
  const looks = new Looks({
    look,
    everyMs: EVERY_MS,
    alarms: new AlarmClock(),
    random: () => 0,
    now: () => new Date(clock.now),
    onFailure: (error) => (error as Error).message,
    onLook: () => undefined,
    ...options,
  })
  return { looks, clock, stop, ended: looks.run(stop.signal) }
}

test('the latest look replaces the one before, and a failure is told in its place', async () => {
  const outcomes: (string | Error)[] = ['first', new Error('refused'), 'third']
  const { looks, stop, ended } = createLooks(async () => {
    const next = outcomes[0] ?? 'third'
    if (next instanceof Error) throw next
    return next
  })
  expect(looks.latest).toBeUndefined()
  for (const seen of ['first', { unreachable: 'refused' }, 'third']) {
    await eventually(() => expect(looks.latest?.seen).toEqual(seen))
    outcomes.shift()
  }
  stop.abort()
  await ended
})

test('a look that does not end leaves what was seen before in force for a minute, and no longer', async () => {
  let begun = 0
  const { looks, clock, stop } = createLooks(() =>
    begun++ === 0 ? Promise.resolve('seen') : new Promise(() => undefined),
  )
  await eventually(() => expect([begun, looks.latest?.seen]).toEqual([2, 'seen']))
  clock.now = 60_000
  expect(looks.latest?.seen).toBe('seen')
  clock.now += 1
  expect(looks.latest).toEqual({
    at: new Date(0),
    seen: { unreachable: 'no look has come to an end since 1970-01-01T00:00:00.000Z' },
  })
  stop.abort()
})

test('who is hurried looks again at once, and rests after it as before', async () => {
  let looks = 0
  const created = createLooks(async () => `${++looks}`, { againMs: () => 1_000_000 })
  for (const seen of ['1', '2']) {
    await eventually(() => expect(created.looks.latest?.seen).toBe(seen))
    created.looks.hurry()
  }
  await eventually(() => expect(created.looks.latest?.seen).toBe('3'))
  created.stop.abort()
  await created.ended
  expect(looks).toBe(3)
})

test('what is cut off by the end is no failure', async () => {
  const failures: unknown[] = []
  const looking = Promise.withResolvers<string>()
  let begun = false
  const look = () => {
    begun = true
    return looking.promise
  }
  const { looks, stop, ended } = createLooks(look, {
    onFailure: (error) => {
      failures.push(error)
      return 'failed'
    },
  })
  await eventually(() => expect(begun).toBe(true))
  stop.abort()
  looking.reject(new Error('cut off'))
  await ended
  expect([failures, looks.latest]).toEqual([[], undefined])
})
