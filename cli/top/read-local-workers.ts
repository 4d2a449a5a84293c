import { readWorker, type WorkerReading } from '../../core/top/worker-reading.ts'
import type { FleetWorker } from '../up/worker-fleet.ts'

const TIMEOUT_MS = 1_000

/** What the workers of this machine say by now, by their names; those that do not answer say nothing. */
export async function readLocalWorkers(workers: readonly FleetWorker[]): Promise<ReadonlyMap<string, WorkerReading>> {
  const said = await Promise.all(workers.map(async ({ name, port }) => [name, await readPort(port)] as const))
  return new Map(said.filter((each): each is readonly [string, WorkerReading] => each[1] !== undefined))
}

async function readPort(port: number): Promise<WorkerReading | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    return readWorker(await response.text())
  } catch {
    return undefined // not up yet, or just being started again
  }
}
