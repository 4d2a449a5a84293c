/** One record of a stream, as delivered. */
export interface StreamEntry {
  readonly stream: string
  readonly id: string
  /** Name, value, name, value. */
  readonly fields: readonly string[]
  /** Names and values as bytes where some are no UTF-8, for which `fields` shows replacement characters. */
  readonly bytes?: readonly Uint8Array[]
  /** How often it has been delivered, this time included, as far as known. */
  readonly attempts: number
}

/** From here on a pending entry is read and processed alone: one that ends its process then takes no neighbour along, not even in its count. */
const SUSPICIOUS_ATTEMPTS = 5

/** An entry delivered this often without ever being acknowledged has most likely ended every process that read it. */
const DEADLY_ATTEMPTS = 10

export function isSuspicious(attempts: number): boolean {
  return attempts >= SUSPICIOUS_ATTEMPTS
}

export function isDeadly({ attempts }: StreamEntry): boolean {
  return attempts >= DEADLY_ATTEMPTS
}

/** A pending entry, and how often it will have been delivered with the next reading. */
export interface PendingEntry {
  readonly id: string
  readonly attempts: number
}

/** Of pending entries those to read together: the first that are plain, or one that is suspicious. */
export function readTogether(pending: readonly PendingEntry[]): readonly PendingEntry[] {
  const plain = pending.findIndex(({ attempts }) => isSuspicious(attempts))
  return plain === -1 ? pending : pending.slice(0, Math.max(1, plain))
}

/** How often each entry was delivered. One that is read in the place of another, which is done by now, does not inherit its attempts. */
export function attemptsOf(pending: readonly PendingEntry[]): (id: string) => number {
  const known = new Map(pending.map(({ id, attempts }) => [id, attempts]))
  return (id) => known.get(id) ?? 1
}
