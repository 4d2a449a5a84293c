import type { GroupLook, SeenStream, StreamLook } from '../../core/signals/stream-look.ts'
import { COUNTED_UP_TO, type Counting, shouldCount } from '../../core/signals/undelivered.ts'
import type { CommandSender } from './command-sender.ts'
import { loadLua } from './load-lua.ts'
import { type RunOptions, runOnStreams } from './run-on-streams.ts'

const LOOK_AT_STREAMS = loadLua('look-at-streams')

export interface LookOptions {
  readonly counting: Counting
  readonly countUpTo?: number
}

/**
 * What streams hold and what of it waits for a consumer group, each stream at one instant. Writes nothing; no entry leaves the server. Takes
 * one command for up to sixteen streams, in a cluster for one, and more for those whose undelivered entries are counted: one for as many of
 * them as have together, by the server's word, no more than are counted of one.
 */
export async function lookAtStreams(
  sender: CommandSender,
  group: string,
  streams: readonly string[],
  { counting, countUpTo = COUNTED_UP_TO }: LookOptions,
): Promise<readonly StreamLook[]> {
  const looks = await look(sender, streams, { group, countTo: 0 })
  const doubtful = new Map(
    looks.flatMap((each) => (shouldCount(each, counting, countUpTo) ? [[each.stream, each] as const] : [])),
  )
  if (doubtful.size === 0) return looks
  const shareOf = (stream: string) => (doubtful.get(stream)?.seen?.group?.lag ?? countUpTo) / countUpTo
  const counts = await look(sender, [...doubtful.keys()], { group, countTo: countUpTo + 1, shareOf })
  const counted = new Map(counts.map((each) => [each.stream, each]))
  return looks.map((each) => counted.get(each.stream) ?? each)
}

async function look(
  sender: CommandSender,
  streams: readonly string[],
  { group, countTo, shareOf }: Pick<RunOptions, 'shareOf'> & { readonly group: string; readonly countTo: number },
): Promise<readonly StreamLook[]> {
  const replies = await runOnStreams(sender, LOOK_AT_STREAMS, streams, { values: [group, countTo], shareOf })
  return replies.flatMap(({ streams, text }) => {
    const [now, ...lines] = text.split('\n')
    return streams.map((stream, i) => ({ stream, seen: seenOf(lines[i] ?? '', Number(now), countTo) }))
  })
}

/** In the order of the script. */
function seenOf(line: string, now: number, countTo: number): SeenStream | undefined {
  if (line === '') return undefined
  const [length, entriesAdded, lastId = '', firstId, ...ofGroup] = line.split(' ').map(unlessAbsent)
  return {
    now,
    length: Number(length),
    entriesAdded: numberOf(entriesAdded),
    lastId,
    firstId,
    group: groupOf(ofGroup, countTo),
  }
}

function groupOf(
  [lastDeliveredId, lag, pending, oldestPendingId, nextId, counted]: readonly (string | undefined)[],
  countTo: number,
): GroupLook | undefined {
  if (lastDeliveredId === undefined) return undefined
  const entries = numberOf(counted)
  return {
    lastDeliveredId,
    lag: numberOf(lag),
    pending: Number(pending),
    oldestPendingId,
    nextId,
    counted: entries === undefined ? undefined : { entries, isAll: entries < countTo },
  }
}

function unlessAbsent(text: string): string | undefined {
  return text === '-' ? undefined : text
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text)
}
