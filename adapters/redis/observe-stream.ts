import type { StreamObservation } from '../../core/stream/judge-stream.ts'
import { infoRecord } from './info-record.ts'
import type { RedisClient } from './redis-client.ts'

/** A stream that does not exist looks like one that was never written. */
const ABSENT: StreamObservation = { lastGeneratedId: '0-0', length: 0, group: undefined }

/** A stream and a group on it, at one instant. */
export async function observeStream(client: RedisClient, stream: string, group: string): Promise<StreamObservation> {
  const replies = await client.multi().xinfo('STREAM', stream).xinfo('GROUPS', stream).exec()
  const [info, groups] = (replies ?? []).map(([error, reply]) => {
    if (error === null) return reply as unknown[]
    if (error.message.includes('no such key')) return undefined
    throw error
  })
  if (info === undefined || groups === undefined) return ABSENT
  const { 'last-generated-id': lastGeneratedId, length } = infoRecord(info)
  const found = (groups as unknown[][]).map(infoRecord).find(({ name }) => name === group)
  return {
    lastGeneratedId: String(lastGeneratedId),
    length: Number(length),
    group: found && {
      lastDeliveredId: String(found['last-delivered-id']),
      lag: typeof found['lag'] === 'number' ? found['lag'] : undefined,
    },
  }
}
