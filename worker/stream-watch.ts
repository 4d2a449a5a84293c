import type { StreamFaultStore } from '../adapters/postgres/stream-fault-store.ts'
import type { RedisEventStream } from '../adapters/redis/redis-event-stream.ts'
import type { Logger } from '../adapters/telemetry/create-logger.ts'
import type { WorkerMetrics } from '../adapters/telemetry/worker-metrics.ts'
import { judgeStream } from '../core/stream/judge-stream.ts'
import type { StreamFaultKind } from '../core/stream/stream-fault-kind.ts'

export interface StreamWatchOptions {
  readonly stream: Pick<RedisEventStream, 'observe'>
  readonly store: StreamFaultStore
  readonly metrics: WorkerMetrics
  readonly log: Logger
}

/** Looks whether entries are gone from streams before they were committed. What it finds is counted, and kept until a backfill. */
export class StreamWatch {
  readonly #options: StreamWatchOptions

  constructor(options: StreamWatchOptions) {
    this.#options = options
  }

  /** Never throws: whoever reads the streams, or commits, meets the same trouble and waits it out. */
  async look(streams: readonly string[]): Promise<void> {
    const { stream, store, log } = this.#options
    try {
      const committed = await store.committed(streams)
      for (const name of streams) {
        const fault = judgeStream(await stream.observe(name), committed.get(name) ?? '0-0')
        if (fault !== undefined) await this.note(name, fault.kind, fault.detail)
      }
    } catch (error) {
      log.warn({ error }, 'the streams could not be looked at')
    }
  }

  async note(stream: string, kind: StreamFaultKind, detail: string): Promise<void> {
    const { metrics, log, store } = this.#options
    metrics.streamFaults.inc({ kind })
    log.error(
      { stream, kind, detail },
      'entries are lost to this pipeline; mp backfill makes up for what is still to be had',
    )
    await store.note(stream, kind, detail)
  }
}
