import { foldLoad, NO_LOAD } from '../../../core/load/fold-load.ts'
import { EMPTY_DATABASE } from '../../../core/signals/empty-database.ts'
import type { DatabaseSignals, PipelineSignals } from '../../../core/signals/pipeline-signals.ts'
import { sourceSignals } from '../../../core/signals/source-signals.ts'
import type { StreamLook } from '../../../core/signals/stream-look.ts'
import { COUNTED_UP_TO, type Counting, shouldCount } from '../../../core/signals/undelivered.ts'
import type { StreamSight, View } from '../world/view.ts'

/** How often the exporter looks, and how often it has all undelivered entries counted. Where no worker is it looks every second. */
const LOOK_SECONDS = 5
const COUNT_ALL_SECONDS = 15

/** How long an entity must have been quiet before it is evaluated. */
const QUIET_SECONDS = 30

/** What a stream holds of entries that are done, until they are trimmed. */
const KEPT = 500

/** The product's exporter over the simulated servers: what Redis says becomes a look, and looks become signals by the product's own code. */
export class Exporter {
  #memory = NO_LOAD
  latest: PipelineSignals | undefined

  look(view: View): void {
    const { now } = view
    if (view.ready.length > 0 && now % LOOK_SECONDS !== 0) return
    const looks = view.look().map((sight) => lookOf(sight, now, countingAt(now)))
    const source = sourceSignals(looks, 'Earliest')
    const database = databaseOf(view, looks)
    const { memory, load } = foldLoad(this.#memory, { streams: source.streams, members: database.members }, now * 1_000)
    this.#memory = memory
    const observedAt = instant(now)
    this.latest = { observedAt, source: { ...source, observedAt }, database: { ...database, observedAt }, load }
  }
}

function countingAt(now: number): Counting {
  if (now % LOOK_SECONDS !== 0) return 'unknown'
  return now % COUNT_ALL_SECONDS === 0 ? 'all' : 'doubtful'
}

function lookOf(sight: StreamSight, now: number, counting: Counting): StreamLook {
  const { stream, arrived, undelivered, pending, lag, oldestSecond, nextSecond } = sight
  const held = Math.min(arrived, undelivered + pending + KEPT)
  const uncounted: StreamLook = {
    stream,
    seen: {
      now: now * 1_000,
      length: held,
      entriesAdded: arrived,
      lastId: idOf(now),
      firstId: held === 0 ? undefined : idOf((oldestSecond ?? now) - 60),
      group: {
        lastDeliveredId: idOf(nextSecond === undefined ? now : nextSecond - 1),
        lag,
        pending,
        oldestPendingId: pending === 0 ? undefined : idOf(oldestSecond ?? now),
        nextId: nextSecond === undefined ? undefined : idOf(nextSecond),
        counted: undefined,
      },
    },
  }
  return shouldCount(uncounted, counting, COUNTED_UP_TO) ? counted(uncounted, undelivered) : uncounted
}

function counted({ stream, seen }: StreamLook, undelivered: number): StreamLook {
  if (seen?.group === undefined) return { stream, seen }
  const entries = Math.min(undelivered, COUNTED_UP_TO)
  return { stream, seen: { ...seen, group: { ...seen.group, counted: { entries, isAll: entries === undelivered } } } }
}

function instant(second: number): string {
  return new Date(second * 1_000).toISOString()
}

function idOf(second: number): string {
  return `${Math.max(0, second) * 1_000}-0`
}

function databaseOf({ now, ready, owners, doneAt }: View, looks: readonly StreamLook[]): DatabaseSignals {
  const isQuiet = now - doneAt > QUIET_SECONDS
  return {
    ...EMPTY_DATABASE,
    migrated: true,
    revision: 1,
    entities: null,
    marks: isQuiet ? 0 : 1,
    oldestMarkAgeMs: isQuiet ? null : (now - doneAt) * 1_000,
    members: ready.map(({ name, readyAt, busySeconds, entriesDone }) => ({
      name,
      lastBeatAgeMs: 500,
      startedAt: instant(readyAt),
      busyMs: Math.round(busySeconds * 1_000),
      entriesDone,
    })),
    shards: looks.map(({ stream }, shard) => ({ stream, owner: owners[shard] ?? null, position: null })),
    overdueNextChanges: 0,
  }
}
