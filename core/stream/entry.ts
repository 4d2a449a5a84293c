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
export const SUSPICIOUS_ATTEMPTS = 5
