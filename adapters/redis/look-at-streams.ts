import type { StreamLook } from '../../core/signals/stream-look.ts'
import { COUNTED_UP_TO, type Counting, shouldCount } from '../../core/signals/undelivered.ts'
import type { CommandSender } from './command-sender.ts'
import { loadLua } from './load-lua.ts'
import { runOnStreams } from './run-on-streams.ts'

const LOOK_AT_STREAMS = loadLua('look-at-streams')

export interface LookOptions {
  readonly counting: Counting
  readonly countUpTo?: number
}

/**
 * What streams hold and what of it waits for a consumer group, each stream at one instant. Writes nothing; no entry leaves the server. Takes
 * one command for up to sixteen streams, in a cluster for one, and one more for each stream whose undelivered entries are counted.
 */
export async function lookAtStreams(
  sender: CommandSender,
  group: string,
  streams: readonly string[],
  { counting, countUpTo = COUNTED_UP_TO }: LookOptions,
): Promise<readonly StreamLook[]> {
  const replies = await runOnStreams(sender, LOOK_AT_STREAMS, streams, { values: [group, 0] })
  const looks = streams.map((stream, i) => lookOf(stream, replies[i]))
  const doubtful = looks.filter((look) => shouldCount(look, counting, countUpTo)).map(({ stream }) => stream)
  if (doubtful.length === 0) return looks
  const countTo = countUpTo + 1
  const counts = await runOnStreams(sender, LOOK_AT_STREAMS, doubtful, { atOnce: 1, values: [group, countTo] })
  const counted = new Map(doubtful.map((stream, i) => [stream, lookOf(stream, counts[i], countTo)]))
  return looks.map((look) => counted.get(look.stream) ?? look)
}

/** Names come before their texts. Looked up one by one: an object for each reply would be most of what a look costs. */
function lookOf(stream: string, reply: unknown, countTo = 0): StreamLook {
  const flat = reply as readonly string[]
  const text = (name: string) => {
    for (let i = 0; i < flat.length; i += 2) if (flat[i] === name) return flat[i + 1]
    return undefined
  }
  const number = (name: string) => {
    const found = text(name)
    return found === undefined ? undefined : Number(found)
  }
  const [now, length, lastId] = [number('now'), number('length'), text('last-id')]
  if (now === undefined || length === undefined || lastId === undefined) return { stream, seen: undefined }
  const lastDeliveredId = text('last-delivered-id')
  const counted = number('counted')
  const group =
    lastDeliveredId === undefined
      ? undefined
      : {
          lastDeliveredId,
          lag: number('lag'),
          pending: number('pending') ?? 0,
          oldestPendingId: text('oldest-pending-id'),
          nextId: text('next-id'),
          counted: counted === undefined ? undefined : { entries: counted, isAll: counted < countTo },
        }
  return {
    stream,
    seen: { now, length, entriesAdded: number('entries-added'), firstId: text('first-id'), lastId, group },
  }
}
