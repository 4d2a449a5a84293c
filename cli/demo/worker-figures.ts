import type { CumulativeHistogram } from '../../core/numbers/histogram.ts'

/** What one reading of all workers' `/metrics` says. */
export interface WorkerFigures {
  readonly ready: number
  readonly done: number
  readonly deadLetters: number
  /** From publication to the row, in seconds. */
  readonly freshness: CumulativeHistogram
}

const TIMEOUT_MS = 1_000

export async function readWorkers(ports: readonly number[]): Promise<WorkerFigures> {
  const texts = await Promise.all(ports.map(readMetrics))
  const alive = texts.filter((text) => text !== undefined)
  const freshness = new Map<number, number>()
  for (const text of alive) {
    for (const [, bound, count] of text.matchAll(/^mp_worker_freshness_seconds_bucket\{le="([^"]+)"\} (\S+)$/gm)) {
      const le = bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound)
      freshness.set(le, (freshness.get(le) ?? 0) + Number(count))
    }
  }
  return {
    ready: alive.length,
    done: sum(alive, /^mp_worker_entries_total\{outcome="[^"]+"\} (\S+)$/gm),
    deadLetters: sum(alive, /^mp_worker_entries_total\{outcome="dead_lettered"\} (\S+)$/gm),
    freshness,
  }
}

async function readMetrics(port: number): Promise<string | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    return await response.text()
  } catch {
    return undefined // not up yet, or just being started again
  }
}

function sum(texts: readonly string[], pattern: RegExp): number {
  return texts.flatMap((text) => [...text.matchAll(pattern)]).reduce((total, [, value]) => total + Number(value), 0)
}
