import { expect, test } from 'vitest'
import { WorkerFleet } from '../../../cli/up/worker-fleet.ts'
import { eventually } from '../../support/eventually.ts'

/** A fleet of workers that a test ends: told to drain, each goes on until then. */
function createFleet() {
  const told: (readonly string[])[] = []
  const started: string[] = []
  const draining = new Set<string>()
  const end = new Map<string, () => void>()
  const fleet = new WorkerFleet({
    create: (index) => {
      const name = `worker-${index}`
      const keepRunning = (drain: AbortSignal) => {
        started.push(name)
        drain.addEventListener('abort', () => draining.add(name))
        return new Promise<void>((resolve) => end.set(name, resolve))
      }
      return { name, trouble: undefined, keepRunning }
    },
    onChange: () => told.push(fleet.workers.map(({ name }) => name)),
  })
  const ended = async (name: string) => {
    const before = fleet.workers.length
    end.get(name)?.()
    await eventually(() => expect(fleet.workers).toHaveLength(before - 1))
  }
  return { fleet, told, started, draining, end, ended }
}

test('it grows from the first index on, shrinks from the last, and tells of each that comes and goes', async () => {
  const { fleet, told, draining, ended } = createFleet()
  await fleet.scaleTo(3)
  await fleet.scaleTo(1)
  expect([...draining]).toEqual(['worker-1', 'worker-2'])
  expect(fleet.size).toBe(1)
  await ended('worker-2')
  await ended('worker-1')
  expect(told.map((names) => names.length)).toEqual([1, 2, 3, 2, 1])
  expect(told.at(-1)).toEqual(['worker-0'])
})

test('a name is taken for as long as its worker drains', async () => {
  const { fleet, started, ended } = createFleet()
  await fleet.scaleTo(2)
  await fleet.scaleTo(0)
  await fleet.scaleTo(1)
  expect(started).toEqual(['worker-0', 'worker-1', 'worker-2'])
  await ended('worker-0')
  await fleet.scaleTo(2)
  expect(started.at(-1)).toBe('worker-0')
  expect(fleet.workers.map(({ name }) => name)).toEqual(['worker-0', 'worker-1', 'worker-2'])
})

test('who ended for good without being told to is not replaced: another would end the same way', async () => {
  const { fleet, started, end } = createFleet()
  await fleet.scaleTo(1)
  end.get('worker-0')?.()
  await fleet.ready()
  await fleet.scaleTo(1)
  expect({ size: fleet.size, started }).toEqual({ size: 1, started: ['worker-0'] })
})

test('a stop waits for all that drain, and nothing starts after it', async () => {
  const { fleet, started, draining, ended } = createFleet()
  await fleet.scaleTo(2)
  let isStopped = false
  const stopping = fleet.stop().then(() => (isStopped = true))
  expect(draining.size).toBe(2)
  await ended('worker-0')
  expect(isStopped).toBe(false)
  await ended('worker-1')
  await stopping
  await fleet.scaleTo(2)
  expect(started).toHaveLength(2)
})

test('nor does one whose port was still looked for', async () => {
  const { fleet, started } = createFleet()
  const growing = fleet.scaleTo(1)
  await fleet.stop()
  await growing
  expect(started).toEqual([])
})
