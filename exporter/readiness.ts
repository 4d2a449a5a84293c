import type { Observatory } from './observatory.ts'

/** A server that hangs keeps nobody from the others' signals for longer. */
const FIRST_LOOKS_MS = 15_000

/**
 * Whether the exporter can be asked. One that takes another one's place is asked only once it has looked at everything, and at streams twice: until
 * then the former one knows more, and fleets whose load is not known are held.
 */
export class Readiness {
  readonly #observatory: Pick<Observatory, 'isComplete'>
  readonly #startedAt = performance.now()
  #hasLooked = false
  /** Why the pipelines are not known; null when they are. */
  trouble: string | null = 'the pipelines are not read yet'

  constructor(observatory: Pick<Observatory, 'isComplete'>) {
    this.#observatory = observatory
  }

  /** Null when it is ready, else why not. */
  get reason(): string | null {
    if (this.trouble !== null) return this.trouble
    this.#hasLooked ||= this.#observatory.isComplete || performance.now() - this.#startedAt > FIRST_LOOKS_MS
    return this.#hasLooked ? null : 'not every pipeline was looked at often enough yet'
  }
}
