import type { ProbePage } from '../adapters/http/probe-server.ts'
import type { NamespaceSignals } from '../core/signals/pipeline-signals.ts'
import type { SignalsJournal } from '../core/signals/signals-journal.ts'
import { parseDurationMs } from '../core/time/duration.ts'
import type { Observatory } from './observatory.ts'

/** Everything that is seen; with `since`, the cursor of an answer before, or none yet, what is new. */
export function namespacePage(journal: SignalsJournal, seen: NamespaceSignals, query: URLSearchParams): ProbePage {
  const since = query.get('since')
  return json(since === null ? seen : journal.since(since, seen))
}

/** With the demand for another target latency than the pipeline's own, if one is asked for. */
export function pipelinePage(
  observatory: Pick<Observatory, 'withDemand'>,
  pipeline: string,
  query: URLSearchParams,
): ProbePage | undefined {
  const target = query.get('targetLatency')
  const targetMs = target === null ? undefined : parseDurationMs(target)
  if (target !== null && !targetMs)
    return {
      status: 400,
      contentType: 'text/plain; charset=utf-8',
      body: 'targetLatency must be a duration, such as 30s\n',
    }
  const seen = observatory.withDemand(pipeline, targetMs)
  return seen && json({ pipeline, ...seen })
}

function json(body: unknown): ProbePage {
  return { contentType: 'application/json', body: `${JSON.stringify(body)}\n` }
}
