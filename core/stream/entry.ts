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

/** Of pending entries, by their attempts, those to read together: the first that are plain, or one that is suspicious. */
export function readTogether(attempts: readonly number[]): readonly number[] {
  const plain = attempts.findIndex(isSuspicious)
  return plain === -1 ? attempts : attempts.slice(0, Math.max(1, plain))
}
