import { type LookTimes, lookTimes } from './look-times.ts'
import type { NamespaceSignals, PipelineSignals } from './pipeline-signals.ts'
import { saysNothingNew } from './says-nothing-new.ts'
import type { SignalsSince } from './signals-since.ts'

interface Entry {
  readonly signals: PipelineSignals
  /** Since which version they say what they say. */
  readonly newAt: number
  /** Since which version they are of these looks. */
  readonly lookedAt: number
}

/**
 * Remembers since when each pipeline's signals say what they say, so that whoever asks again and again is told what is new. Whoever asks may have
 * been told anything before: it is the cursor that says what.
 */
export class SignalsJournal {
  readonly #epoch: string
  readonly #entries = new Map<string, Entry>()
  /** Grows with each question. */
  #version = 0
  /** When a pipeline went last. Of what is gone nothing is kept: whoever knows of it is told everything. */
  #goneAt = 0

  /** `epoch` is of this process and of no other. */
  constructor(epoch: string) {
    this.#epoch = epoch
  }

  /** What is new of what is seen by now. Everything, for a cursor that this process never gave or that is too old. */
  since(cursor: string, { pipelines }: NamespaceSignals): SignalsSince {
    this.#note(pipelines)
    const known = this.#versionOf(cursor)
    const next = `${this.#epoch}.${this.#version}`
    if (known === undefined) return { cursor: next, complete: true, pipelines, still: {} }
    const told: Record<string, PipelineSignals> = {}
    const still: Record<string, LookTimes> = {}
    for (const [name, { signals, newAt, lookedAt }] of this.#entries) {
      if (newAt > known) told[name] = signals
      else if (lookedAt > known) still[name] = lookTimes(signals)
    }
    return { cursor: next, complete: false, pipelines: told, still }
  }

  #note(pipelines: NamespaceSignals['pipelines']): void {
    this.#version += 1
    const version = this.#version
    for (const [name, signals] of Object.entries(pipelines)) {
      const before = this.#entries.get(name)
      if (before?.signals === signals) continue
      const isStill = before !== undefined && saysNothingNew(before.signals, signals)
      this.#entries.set(name, { signals, newAt: isStill ? before.newAt : version, lookedAt: version })
    }
    for (const name of this.#entries.keys()) {
      if (Object.hasOwn(pipelines, name)) continue
      this.#entries.delete(name)
      this.#goneAt = version
    }
  }

  #versionOf(cursor: string): number | undefined {
    const [epoch, text = ''] = cursor.split('.')
    const version = Number(text)
    const isOurs = epoch === this.#epoch && /^\d+$/.test(text) && version <= this.#version
    return isOurs && version >= this.#goneAt ? version : undefined
  }
}
