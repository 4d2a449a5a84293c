import { setTimeout as delay } from 'node:timers/promises'
import { Cluster, type Redis } from 'ioredis'
import type { ShardedSource } from '../../core/shards/shard-streams.ts'

import { attemptsOf, isSuspicious, type PendingEntry, readTogether, type StreamEntry } from '../../core/stream/entry.ts'
import type { StreamObservation } from '../../core/stream/judge-stream.ts'

import { type PendingCursor, PendingCursors } from '../../core/stream/pending-cursors.ts'
import type { DeadLetter } from '../postgres/fact-store.ts'
import type { ConnectionUrl } from '../process/connection-url.ts'
import { declareShards } from './declare-shards.ts'
import { loadLua } from './load-lua.ts'
import { observeStream } from './observe-stream.ts'
import { connectReader, connectRedis, type RedisClient } from './redis-client.ts'
import { type StreamCommand, sendTogether } from './send-together.ts'
import { withBytes } from './with-bytes.ts'

export interface RedisEventStreamOptions {
  readonly url: ConnectionUrl
  readonly group: string
  readonly consumer: string
  readonly streams: readonly string[]
  /** Where the streams are the shards of a source: their number is declared, and checked. */
  readonly sharded: ShardedSource | undefined
  /** Entries per read, over all streams. */
  readonly batchSize: number
  readonly blockMs: number
  /** How long an entry may stay with a silent consumer before another one claims it. */
  readonly claimIdleMs: number
  readonly startFrom: 'Earliest' | 'Latest'
  readonly onEvent: (event: StreamEvent) => void
}

export type StreamEvent =
  | { readonly event: 'connection-error'; readonly error: Error }
  | { readonly event: 'reconnected' }
  | { readonly event: 'group-recreated'; readonly stream: string }
  | { readonly event: 'read-hung' }
  /** Pending entries whose content is gone from the stream: lost before anybody committed them. */
  | { readonly event: 'entries-deleted'; readonly stream: string; readonly count: number }
  /** The server refuses: it has no memory left, say, or something else has the name. */
  | { readonly event: 'dead-letters-not-copied'; readonly error: Error }

const TRIM_CONSUMED = loadLua('trim-consumed')
const REMOVE_GONE_CONSUMERS = loadLua('remove-gone-consumers')

type RawEntry = [id: string, fields: string[] | null]
type RawStreams = [stream: string, entries: RawEntry[]][] | null

const IDS_PER_COMMAND = 1_000

/** How much longer than asked a blocking read may take before its connection is taken for dead. */
const HUNG_READ_MARGIN_MS = 5_000

/** How long a new entry of a cluster may go unnoticed by a worker that has nothing else to do. */
const POLL_EVERY_MS = 20

/** A dead letter's copy in the stream is for looking at; the whole entry is in the database. */
const DEAD_LETTER_CHARACTERS = 65_536
const DEAD_LETTERS_KEPT_MS = 30 * 86_400_000

/**
 * Plain streams read by one consumer group, shared by any number of consumers. Order of reading: own pending entries after every
 * connection (a reply may have been lost on the way), then what other consumers let lie, then new ones.
 */
export class RedisEventStream {
  readonly #options: RedisEventStreamOptions
  #commands: RedisClient | undefined
  #reader: Redis | undefined
  #readerId = 0
  readonly #unread = new PendingCursors()

  constructor(options: RedisEventStreamOptions) {
    this.#options = options
  }

  /** Connects and makes the groups that do not exist. Throws `ShardCountError` when the streams were made for another number of shards. */
  async open(): Promise<void> {
    const onError = (error: Error) => this.#options.onEvent({ event: 'connection-error', error })
    this.#commands = await connectRedis(this.#options.url, onError)
    if (this.#options.sharded !== undefined) await declareShards(this.#commands, this.#options.sharded)
    await this.#createGroups()
    if (!(this.#commands instanceof Cluster)) await this.#openReader()
  }

  /** Fails where reading would: the server cannot be reached, or takes no writes, as which it counts every delivery. */
  async probe(): Promise<void> {
    const { group, consumer, streams } = this.#options
    const [stream] = streams
    if (stream !== undefined)
      await this.#healing(() => this.#connected.xgroup('CREATECONSUMER', stream, group, consumer))
  }

  /** Whether entries may be pending for this consumer that it has not looked at since it connected. */
  get hasUnreadPending(): boolean {
    return !this.#unread.isEmpty
  }

  /** Look at this consumer's own pending entries once more, from the oldest: some may have been delivered in a reply that never arrived. */
  rereadPending(streams: readonly string[]): void {
    this.#unread.restart(streams)
  }

  /** Looks at no more pending entries of these. */
  forget(streams: readonly string[]): void {
    this.#unread.forget(streams)
  }

  /** The next of this consumer's own pending entries, oldest first: at most a batch, and a suspicious one alone. */
  async readOwnPending(): Promise<readonly StreamEntry[]> {
    const entries: StreamEntry[] = []
    for (const [stream, cursor] of this.#unread.entries()) {
      const pending = await this.#listPending(stream, cursor, this.#options.batchSize - entries.length)
      const isAlone = pending[0] !== undefined && isSuspicious(pending[0].attempts)
      if (isAlone && entries.length > 0) break
      if (pending.length === 0) this.#unread.finish(stream, cursor)
      else entries.push(...(await this.#readPending(stream, cursor, pending)))
      if (isAlone || entries.length >= this.#options.batchSize) break
    }
    return entries
  }

  /** New entries of some of the streams; empty when none came within `blockMs`, or when `signal` is aborted. */
  async readNew(streams: readonly string[], signal: AbortSignal): Promise<readonly StreamEntry[]> {
    if (signal.aborted) return []
    if (this.#connected instanceof Cluster) return await this.#poll(streams, signal)
    const reader = await this.#openReader()
    const unblock = () => void this.#connected.client('UNBLOCK', this.#readerId).catch(() => undefined) // it ends by itself a moment later
    signal.addEventListener('abort', unblock, { once: true })
    const watchdog = setTimeout(() => this.#abandonReader(), this.#options.blockMs + HUNG_READ_MARGIN_MS)
    try {
      const { batchSize, blockMs } = this.#options
      const everything = streams.map(() => '>')
      const count = Math.ceil(batchSize / streams.length)
      return await withBytes(
        this.#connected,
        entriesOf(await this.#readGroup(reader, streams, everything, count, blockMs)),
      )
    } finally {
      clearTimeout(watchdog)
      signal.removeEventListener('abort', unblock)
    }
  }

  /**
   * New entries in a cluster, where streams on several servers cannot be read, nor waited for, by one command: each is asked by itself, again
   * and again. While a server is away the others' entries are what there is.
   */
  async #poll(streams: readonly string[], signal: AbortSignal): Promise<readonly StreamEntry[]> {
    const { batchSize, blockMs } = this.#options
    const count = Math.ceil(batchSize / streams.length)
    for (const deadline = performance.now() + blockMs; ; ) {
      const asked = await Promise.allSettled(
        streams.map((stream) => this.#readGroup(this.#connected, [stream], ['>'], count, undefined)),
      )
      const entries = asked.flatMap((each) => (each.status === 'fulfilled' ? entriesOf(each.value) : []))
      if (entries.length > 0) return await withBytes(this.#connected, entries)
      for (const each of asked) if (each.status === 'rejected') throw each.reason
      if (signal.aborted || performance.now() > deadline) return []
      await delay(POLL_EVERY_MS)
    }
  }

  /**
   * Takes over entries that other consumers have let lie, at most a batch: they are this consumer's own pending ones from then on. Claiming
   * them counts as no attempt, or a consumer's death would count against all that it held. Tells whether there may be more of them.
   */
  async claimIdle(): Promise<'all' | 'more'> {
    const { group, consumer, claimIdleMs, batchSize, streams } = this.#options
    let room = batchSize
    for (const stream of streams) {
      for (let cursor = '0-0'; room > 0; ) {
        const reply = await this.#healing(() =>
          this.#connected.xautoclaim(stream, group, consumer, claimIdleMs, cursor, 'COUNT', room, 'JUSTID'),
        )
        const [next, claimed, gone] = reply as [string, string[], string[]?]
        if (claimed.length > 0) this.#unread.restart([stream])
        room -= claimed.length
        this.#reportDeleted(stream, gone?.length ?? 0)
        if (next === '0-0') break
        cursor = next
      }
    }
    return room > 0 ? 'all' : 'more'
  }

  async acknowledge(entries: readonly StreamEntry[]): Promise<void> {
    const { group } = this.#options
    await sendTogether(
      this.#connected,
      idsByStream(entries).map(([stream, ids]) => ['xack', stream, group, ...ids]),
    )
  }

  /** Lets other consumers know that these entries are still being worked on, so that nobody claims them. */
  async keep(entries: readonly StreamEntry[]): Promise<void> {
    const { group, consumer } = this.#options
    await sendTogether(
      this.#connected,
      idsByStream(entries).map(([stream, ids]) => ['xclaim', stream, group, consumer, 0, ...ids, 'JUSTID']),
    )
  }

  /** Takes the last delivery of own pending entries back, as if it had not been. */
  async forgetAttempt(entries: readonly StreamEntry[]): Promise<void> {
    const { group, consumer } = this.#options
    await sendTogether(
      this.#connected,
      entries.map(({ stream, id, attempts }) => {
        return ['xclaim', stream, group, consumer, 0, id, 'RETRYCOUNT', attempts - 1, 'JUSTID']
      }),
    )
  }

  /**
   * Copies dead letters to `<stream>:dead_letter`, for whoever watches that. A repeated copy carries the same entry id. A copy that the
   * server refuses is left out, for the database has the letter: nobody has to wait for it.
   */
  async publishDeadLetters(letters: readonly DeadLetter[]): Promise<void> {
    if (letters.length === 0) return
    const oldest = Date.now() - DEAD_LETTERS_KEPT_MS
    const copies = letters.map(({ stream, entryId, eventType, rejection, raw, attempts }): StreamCommand => {
      const fields = {
        stream,
        entry_id: entryId,
        type: eventType ?? '',
        reason: rejection.reason,
        details: JSON.stringify(rejection.details),
        attempts: String(attempts),
        raw: raw.toString('utf8').slice(0, DEAD_LETTER_CHARACTERS),
      }
      return ['xadd', `${stream}:dead_letter`, 'MINID', '~', oldest, '*', ...Object.entries(fields).flat()]
    })
    await sendTogether(this.#connected, copies).catch((error: Error) => {
      if (error.name !== 'ReplyError') throw error
      this.#options.onEvent({ event: 'dead-letters-not-copied', error })
    })
  }

  observe(stream: string): Promise<StreamObservation> {
    return observeStream(this.#connected, stream, this.#options.group)
  }

  /** Removes what every group is done with from streams of the pipeline's own. Gives the number of entries. */
  async trimConsumed(streams: readonly string[]): Promise<number> {
    let removed = 0
    for (const stream of streams) removed += Number(await this.#connected.eval(TRIM_CONSUMED, 1, stream))
    return removed
  }

  /** Removes consumers that hold nothing and were silent for so long. Gives their number, over all streams. */
  async removeGoneConsumers(silentMs: number): Promise<number> {
    const { group, consumer, streams } = this.#options
    let removed = 0
    for (const stream of streams)
      removed += Number(await this.#connected.eval(REMOVE_GONE_CONSUMERS, 1, stream, group, consumer, silentMs))
    return removed
  }

  async close(): Promise<void> {
    this.#reader?.disconnect()
    await this.#commands?.quit().catch(() => this.#commands?.disconnect()) // unreachable: nothing left to say goodbye to
  }

  get #connected(): RedisClient {
    if (this.#commands === undefined) throw new Error('the stream is not open')
    return this.#commands
  }

  async #openReader(): Promise<Redis> {
    if (this.#reader !== undefined) return this.#reader
    const reader = await connectReader(this.#options.url)
    this.#readerId = await reader.client('ID')
    reader.on('ready', () => {
      this.#options.onEvent({ event: 'reconnected' })
      reader.client('ID').then(
        (id) => {
          this.#readerId = id
        },
        () => undefined, // the connection is gone again
      )
    })
    this.#reader = reader
    return reader
  }

  #abandonReader(): void {
    this.#options.onEvent({ event: 'read-hung' })
    this.#reader?.disconnect()
    this.#reader = undefined
  }

  async #createGroups(): Promise<void> {
    for (const stream of this.#options.streams) await this.#createGroup(stream)
  }

  async #createGroup(stream: string): Promise<boolean> {
    const start = this.#options.startFrom === 'Earliest' ? '0' : '$'
    try {
      await this.#connected.xgroup('CREATE', stream, this.#options.group, start, 'MKSTREAM')
      return true
    } catch (error) {
      if ((error as Error).message.startsWith('BUSYGROUP')) return false // it is there: what we want
      throw error
    }
  }

  /** Runs a command; when the group is gone (a flush, an eviction, a failover), makes it again from the stream's beginning: facts sort out repeats. */
  async #healing<T>(command: () => Promise<T>): Promise<T> {
    try {
      return await command()
    } catch (error) {
      if (!(error as Error).message.startsWith('NOGROUP')) throw error
      for (const stream of this.#options.streams) {
        await this.#connected.xgroup('CREATE', stream, this.#options.group, '0', 'MKSTREAM').then(
          () => this.#options.onEvent({ event: 'group-recreated', stream }),
          (failure: Error) => {
            if (!failure.message.startsWith('BUSYGROUP')) throw failure
          },
        )
      }
      return await command()
    }
  }

  #readGroup(
    client: RedisClient,
    streams: readonly string[],
    ids: readonly string[],
    count: number,
    blockMs: number | undefined,
  ): Promise<RawStreams> {
    const { group, consumer } = this.#options
    const block = blockMs === undefined ? [] : ['BLOCK', String(blockMs)]
    const args = ['GROUP', group, consumer, 'COUNT', String(count), ...block, 'STREAMS', ...streams, ...ids]
    return this.#healing(() => client.call('XREADGROUP', args) as Promise<RawStreams>)
  }

  /** The next own pending entries, as far as they are to be read together: plain ones, or one suspicious one. */
  async #listPending(stream: string, { after }: PendingCursor, atMost: number): Promise<readonly PendingEntry[]> {
    const { group, consumer } = this.#options
    const pending = (await this.#healing(() =>
      this.#connected.xpending(stream, group, after === '0' ? '-' : `(${after}`, '+', atMost, consumer),
    )) as [id: string, consumer: string, idleMs: number, deliveries: number][]
    return readTogether(pending.map(([id, , , deliveries]) => ({ id, attempts: deliveries + 1 })))
  }

  async #readPending(
    stream: string,
    cursor: PendingCursor,
    pending: readonly PendingEntry[],
  ): Promise<readonly StreamEntry[]> {
    const reply = await this.#readGroup(this.#connected, [stream], [cursor.after], pending.length, undefined)
    const raw = reply?.[0]?.[1] ?? []
    const last = raw.at(-1)
    if (last !== undefined) this.#unread.advance(stream, cursor, last[0])
    const attempts = attemptsOf(pending)
    const gone = raw.filter(([, fields]) => fields === null).map(([id]) => id)
    if (gone.length > 0) {
      this.#reportDeleted(stream, gone.length)
      await this.#connected.xack(stream, this.#options.group, ...gone)
    }
    return withBytes(
      this.#connected,
      raw.flatMap(([id, fields]) => (fields === null ? [] : [{ stream, id, fields, attempts: attempts(id) }])),
    )
  }

  #reportDeleted(stream: string, count: number): void {
    if (count > 0) this.#options.onEvent({ event: 'entries-deleted', stream, count })
  }
}

function entriesOf(reply: RawStreams): readonly StreamEntry[] {
  const entries: StreamEntry[] = []
  for (const [stream, raw] of reply ?? []) {
    for (const [id, fields] of raw) if (fields !== null) entries.push({ stream, id, fields, attempts: 1 })
  }
  return entries
}

/** The ids of each stream, in pieces that one command can carry. */
function idsByStream(entries: readonly StreamEntry[]): readonly (readonly [stream: string, ids: readonly string[]])[] {
  return [...Map.groupBy(entries, (entry) => entry.stream)].flatMap(([stream, ofStream]) =>
    Array.from({ length: Math.ceil(ofStream.length / IDS_PER_COMMAND) }, (_, i) => {
      const piece = ofStream.slice(i * IDS_PER_COMMAND, (i + 1) * IDS_PER_COMMAND)
      return [stream, piece.map((entry) => entry.id)] as const
    }),
  )
}
