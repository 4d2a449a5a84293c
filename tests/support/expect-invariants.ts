import { expect } from 'vitest'
import { sumOfOutcomes } from './pipeline-on-servers.ts'
import { expectedRowsAt, type Order } from './shop-orders.ts'
import type { WorkerFleet } from './worker-fleet.ts'
import type { WorkerProcess } from './worker-process.ts'

export interface Expected {
  /** Orders that were published, each as often as one likes. */
  readonly published: readonly Order[]
  /** How many entries are dead letters; default: none. */
  readonly deadLetters?: number
  /** How long the fleet may take to be done with everything. */
  readonly withinMs?: number
}

/** Of the pipeline of every fleet. */
const WINDOWS = [7, 30, 90]

/** Far more than a worker needs, and far less than one that forgets to let go. */
const MOST_MEMORY = 400e6

/**
 * What holds after every fault, once it is over. Numbered as in docs/delivery-guarantees.md:
 * I1 every order counts once; I2 every row equals its recomputation; I3 nothing is left pending or undelivered; I4 nobody committed for a shard
 * that was not theirs; I6 memory is bounded; I7 workers end when they are told to, in good order, and not before.
 */
export async function expectInvariants(fleet: WorkerFleet, expected: Expected): Promise<void> {
  const { shops } = fleet
  const { published, deadLetters = 0, withinMs = 60_000 } = expected
  expect(fleet.workers.filter(endedByItself).map(describeEnd), 'I7: workers that nobody ended').toEqual([])
  await shops.caughtUp({ withinMs }) // I3
  await expectExact(fleet, published)
  expect(await shops.letters()).toHaveLength(deadLetters)
  expect(await fleet.audit.violations(), 'I4').toEqual([])

  const running = fleet.workers.filter((worker) => worker.running)
  for (const worker of running) {
    expect(await worker.memory(), `I6: ${worker.name}`).toBeLessThan(MOST_MEMORY)
    const counts = await worker.counts()
    expect(sumOfOutcomes(counts), `${worker.name} knows what became of each entry`).toBe(counts.read)
  }
  expect(await Promise.all(running.map((worker) => worker.stop())), 'I7').toEqual(running.map(() => 0))
  const shares = await fleet.shares()
  expect(
    running.filter(({ name }) => name in shares).map(({ name }) => name),
    'I7: shards that nobody let go',
  ).toEqual([])
  expect(await fleet.pending(), 'I3').toBe(0)
  await expectExact(fleet, published)
}

async function expectExact({ shops }: WorkerFleet, published: Expected['published']): Promise<void> {
  const stored = await shops.rows()
  const asOf = new Map(stored.map((row) => [row['entity'] as string, row['as_of'] as Date]))
  const rows = expectedRowsAt(published, WINDOWS, asOf)
  expect(stored, 'I1').toMatchObject(rows)
  expect(await shops.parity(), 'I2').toEqual({
    compared: rows.length,
    mismatches: 0,
    missing: 0,
    overdue: 0,
    entities: [],
  })
}

function endedByItself(worker: WorkerProcess): boolean {
  return !worker.running && !worker.wasTold
}

function describeEnd({ name, log }: WorkerProcess): string {
  return `${name}: ${log.slice(-2_000)}`
}
