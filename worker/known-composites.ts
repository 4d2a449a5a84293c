import type { CompositeSample } from '../adapters/telemetry/worker-metrics.ts'

interface Known {
  readonly value: string | null
  readonly asOfMs: number
}

/** What a worker knows of the score of each scope, whoever calculated it. Instants are of its monotonic clock. */
export class KnownComposites {
  readonly #known = new Map<string, Known>()
  readonly #tookMs = new Map<string, number>()

  /** `asOfMs`: when its calculation began. */
  learn(scope: string, value: string | null, asOfMs: number): void {
    this.#known.set(scope, { value, asOfMs })
  }

  /** How long this worker's last calculation of a scope took. */
  noteTook(scope: string, tookMs: number): void {
    this.#tookMs.set(scope, tookMs)
  }

  /** One that failed tells how long it takes at least. */
  noteFailed(scope: string, afterMs: number): void {
    this.#tookMs.set(scope, Math.max(afterMs, this.#tookMs.get(scope) ?? 0))
  }

  /** How long the last calculations of these scopes took, together, as far as they were this worker's. */
  tookMs(scopes: readonly string[]): number {
    return scopes.reduce((sum, scope) => sum + (this.#tookMs.get(scope) ?? 0), 0)
  }

  *samples(scopes: readonly string[], nowMs: number): Iterable<CompositeSample> {
    for (const scope of scopes) {
      const known = this.#known.get(scope)
      if (known !== undefined) yield { scope, value: known.value, ageMs: nowMs - known.asOfMs }
    }
  }
}
