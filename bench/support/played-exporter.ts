import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { HTTP_PORT } from '../../core/operator/objects/operand-pod.ts'
import { EMPTY_DATABASE } from '../../core/signals/empty-database.ts'
import type { PipelineSignals } from '../../core/signals/pipeline-signals.ts'
import { SignalsJournal } from '../../core/signals/signals-journal.ts'
import { namespacePage } from '../../exporter/signals-pages.ts'

/** As often as the exporter looks, by default, at each server of a pipeline that has workers. */
const LOOK_EVERY_MS = 5_000

/** A worker gives a sign of life every second. */
const BEAT_EVERY_MS = 1_000

/**
 * Answers for the exporter of a namespace, on that address, in its own words: of every pipeline that it is well and that nothing waits. It looks
 * as the exporter does: at each pipeline's source and at its database every five seconds, each at a moment of its own, and says the same in between.
 */
export async function playExporter(
  host: string,
  pipelines: () => readonly string[],
): Promise<{ readonly close: () => void }> {
  const journal = new SignalsJournal(randomUUID())
  const looks = new Map<string, PlayedLooks>()
  const looksAt = (name: string) => {
    const those = looks.get(name) ?? new PlayedLooks(name)
    looks.set(name, those)
    return those
  }
  const server = createServer(({ url = '' }, response) => {
    const now = Date.now()
    const seen = { pipelines: Object.fromEntries(pipelines().map((name) => [name, looksAt(name).latest(now)])) }
    const { contentType, body } = namespacePage(journal, seen, new URL(url, `http://${host}`).searchParams)
    response.setHeader('content-type', contentType).end(body)
  })
  server.listen(HTTP_PORT, host)
  await once(server, 'listening')
  return {
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** Of one pipeline. */
class PlayedLooks {
  readonly #name: string
  readonly #sourceOffsetMs = Math.random() * LOOK_EVERY_MS
  readonly #databaseOffsetMs = Math.random() * LOOK_EVERY_MS
  #latest: { readonly source: number; readonly database: number; readonly signals: PipelineSignals } | undefined

  constructor(name: string) {
    this.#name = name
  }

  latest(now: number): PipelineSignals {
    const [source, database] = [lastLook(now, this.#sourceOffsetMs), lastLook(now, this.#databaseOffsetMs)]
    if (this.#latest?.source !== source || this.#latest.database !== database)
      this.#latest = { source, database, signals: signalsOf(this.#name, source, database) }
    return this.#latest.signals
  }
}

function lastLook(now: number, offsetMs: number): number {
  return Math.floor((now - offsetMs) / LOOK_EVERY_MS) * LOOK_EVERY_MS + offsetMs
}

function signalsOf(name: string, sourceAt: number, databaseAt: number): PipelineSignals {
  const at = (ms: number) => new Date(ms).toISOString()
  const nothing = { backlog: 0, backlogIs: 'exact', pending: 0 } as const
  const stream = { stream: `${name}-departures`, ...nothing, length: 1_000, entriesAdded: 1_000, state: 'ok' } as const
  return {
    observedAt: at(Math.min(sourceAt, databaseAt)),
    source: { observedAt: at(sourceAt), ...nothing, oldestEventAgeMs: null, isDrained: true, streams: [stream] },
    database: {
      observedAt: at(databaseAt),
      ...EMPTY_DATABASE,
      migrated: true,
      revision: 1,
      entities: 5_000,
      members: [
        {
          name: `${name}-worker-0`,
          lastBeatAgeMs: Math.round(Math.random() * BEAT_EVERY_MS),
          startedAt: '2026-01-01T00:00:00Z',
          busyMs: 0,
          entriesDone: 0,
        },
      ],
      overdueNextChanges: 0,
      lastAggregation: {
        day: '2026-01-01',
        state: 'succeeded',
        startedAt: '2026-01-02T02:00:00Z',
        finishedAt: '2026-01-02T02:00:01Z',
        successful: 5_000,
        failed: 0,
        mismatches: 0,
        compared: 100,
      },
      composites: [],
    },
    load: { arrivalsPerSecond: 0, completionsPerSecond: 0, capacityPerWorker: null },
  }
}
