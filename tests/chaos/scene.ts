import type { OrderProducer } from '../support/order-producer.ts'
import type { OwnServer } from '../support/own-server.ts'
import type { WorkerFleet } from '../support/worker-fleet.ts'
import type { Crew } from './crew.ts'

/** What faults act on, and what they leave behind. */
export interface Scene {
  readonly fleet: WorkerFleet
  readonly crew: Crew
  readonly producer: OrderProducer
  readonly postgres: OwnServer
  readonly redis: OwnServer
  /** Orders from this one on may have been lost with a server, and are published again. */
  doubtfulFrom: number
  /** Entries that nobody can read. */
  poisoned: number
}
