/** A shard in a worker's hands, and the token that every commit for it must name. */
export interface HeldShard {
  readonly shard: number
  readonly token: string
}

export interface ShardState {
  readonly token: string
  /** Undefined where nobody holds it, or the lease has run out. */
  readonly owner: string | undefined
  /** Whether the lease was renewed by this look: false also where its own commit holds it at this moment. */
  readonly renewed: boolean
}

/** The fleet as the database shows it at one instant. */
export interface FleetState {
  readonly members: readonly string[]
  /** By shard number. */
  readonly shards: readonly ShardState[]
}
