import type { StreamLook } from '../../core/signals/source-signals.ts'
import { infoRecord } from './info-record.ts'
import { loadLua } from './load-lua.ts'
import type { RedisClient } from './redis-client.ts'
import { sendTogether } from './send-together.ts'

const LOOK_AT_STREAM = loadLua('look-at-stream')

/** What streams hold and what of it waits for a consumer group, each stream at one instant. Writes nothing; no entry leaves the server. */
export async function lookAtStreams(
  client: RedisClient,
  group: string,
  streams: readonly string[],
): Promise<readonly StreamLook[]> {
  const replies = await sendTogether(
    client,
    streams.map((stream) => ['eval_ro', LOOK_AT_STREAM, 1, stream, group]),
  )
  return streams.map((stream, i) => lookOf(stream, infoRecord(replies[i] as string[])))
}

function lookOf(stream: string, fields: Readonly<Record<string, unknown>>): StreamLook {
  const text = (name: string) => fields[name] as string | undefined
  const number = (name: string) => (fields[name] === undefined ? undefined : Number(fields[name]))
  const [now, length] = [number('now'), number('length')]
  if (now === undefined || length === undefined) return { stream, seen: undefined }
  const lastDeliveredId = text('last-delivered-id')
  const group =
    lastDeliveredId === undefined
      ? undefined
      : {
          lastDeliveredId,
          lag: number('lag'),
          pending: number('pending') ?? 0,
          oldestPendingId: text('oldest-pending-id'),
          nextId: text('next-id'),
        }
  return { stream, seen: { now, length, entriesAdded: number('entries-added'), firstId: text('first-id'), group } }
}
