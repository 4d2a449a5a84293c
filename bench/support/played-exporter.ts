import { once } from 'node:events'
import { createServer } from 'node:http'
import { systemClock } from '../../adapters/process/system-clock.ts'
import { HTTP_PORT } from '../../core/operator/objects/operand-pod.ts'
import { EMPTY_DATABASE } from '../../core/signals/empty-database.ts'
import type { NamespaceSignals, PipelineSignals } from '../../core/signals/pipeline-signals.ts'
import { formatInstant } from '../../core/time/instant.ts'

/** Answers for the exporter of a namespace, on that address: of every pipeline that it is well and that nothing waits. */
export async function playExporter(
  host: string,
  pipelines: () => readonly string[],
): Promise<{ readonly close: () => void }> {
  const server = createServer((_request, response) => {
    const signals: NamespaceSignals = {
      pipelines: Object.fromEntries(pipelines().map((name) => [name, signalsOf(name)])),
    }
    response.setHeader('content-type', 'application/json').end(JSON.stringify(signals))
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

function signalsOf(name: string): PipelineSignals {
  const observedAt = formatInstant(systemClock.now())
  const nothing = { backlog: 0, backlogIs: 'exact', pending: 0 } as const
  const stream = { stream: `${name}-departures`, ...nothing, length: 1_000, entriesAdded: 1_000, state: 'ok' } as const
  return {
    observedAt,
    source: { observedAt, ...nothing, oldestEventAgeMs: null, isDrained: true, streams: [stream] },
    database: {
      observedAt,
      ...EMPTY_DATABASE,
      migrated: true,
      revision: 1,
      entities: 5_000,
      members: [
        {
          name: `${name}-worker-0`,
          lastBeatAgeMs: Math.round(Math.random() * 5_000),
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
