import { checksumOf } from './entry-codec.ts'

export interface Envelope {
  readonly id: string
  /** ISO 8601; without an offset it is read as UTC. */
  readonly timestamp: string
  readonly channel: string
  readonly data: Readonly<Record<string, unknown>>
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** The fields of an entry in the original envelope, checksum included. */
export function encodeEnvelope({ id, timestamp, channel, data, metadata = {} }: Envelope): readonly string[] {
  const message = { id, timestamp, channel, data, metadata }
  return ['message', JSON.stringify({ ...message, checksum: checksumOf(JSON.stringify(message)) })]
}
