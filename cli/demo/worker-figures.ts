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

/** Reads workers again and again. What one that is gone said last still counts, or sums would fall with each that goes. */
export class WorkerReader {
  readonly #said = new Map<number, string>()

  async read(ports: readonly number[]): Promise<WorkerFigures> {
    const texts = await Promise.all(ports.map(readMetrics))
    for (const [i, text] of texts.entries()) if (text !== undefined) this.#said.set(ports[i] as number, text)
    return figuresOf([...this.#said.values()], texts.filter((text) => text !== undefined).length)
  }
}

function figuresOf(texts: readonly string[], ready: number): WorkerFigures {
  const freshness = new Map<number, number>()
  for (const text of texts) {
    for (const [, bound, count] of text.matchAll(/^mp_worker_freshness_seconds_bucket\{le="([^"]+)"\} (\S+)$/gm)) {
      const le = bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound)
      freshness.set(le, (freshness.get(le) ?? 0) + Number(count))
    }
  }
  return {
    ready,
    done: sum(texts, /^mp_worker_entries_total\{outcome="[^"]+"\} (\S+)$/gm),
    deadLetters: sum(texts, /^mp_worker_entries_total\{outcome="dead_lettered"\} (\S+)$/gm),
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
