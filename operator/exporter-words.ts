import * as z from 'zod'
import { isLookTimes, type LookTimes, lookTimes } from '../core/signals/look-times.ts'
import { saysNothingNew } from '../core/signals/says-nothing-new.ts'
import { parseSignals } from './parse-signals.ts'
import { type Known, Sighting } from './sighting.ts'

/** An older exporter does not remember what it said, gives no cursor, and says everything each time. */
const answer = z.object({
  cursor: z.string().default(''),
  complete: z.boolean().default(true),
  pipelines: z.record(z.string(), z.unknown()),
  still: z.record(z.string(), z.custom<LookTimes>(isLookTimes)).default({}),
})

export const NOT_UNDERSTOOD = 'what the exporter says is not understood, it may be of another version'

/** What the exporter of a namespace has said so far, one answer after the other. */
export class ExporterWords {
  #cursor = ''
  #known = new Map<string, Known>()
  readonly #onOdd: (pipeline: string, error: unknown) => void

  /** `onOdd` is told of a pipeline of which nothing can be taken. */
  constructor(onOdd: (pipeline: string, error: unknown) => void) {
    this.#onOdd = onOdd
  }

  /** To be asked with: what was said until then is known. */
  get cursor(): string {
    return this.#cursor
  }

  /** Undefined where nothing was said. */
  of(pipeline: string): Known | undefined {
    return this.#known.get(pipeline)
  }

  /**
   * Takes the next answer. Throws on what is no answer at all; false is one that does not go on from what is known, so that everything is to be
   * asked for.
   */
  take(text: string): boolean {
    const { cursor, complete, pipelines, still } = answer.parse(JSON.parse(text))
    const said = Object.entries(pipelines).map(([name, each]) => [name, this.#next(name, each)] as const)
    const goesOn = complete || (this.#cursor !== '' && this.#lookedAgain(still))
    this.#cursor = goesOn ? cursor : ''
    if (complete) this.#known = new Map(said)
    else for (const [name, known] of said) this.#known.set(name, known)
    return goesOn
  }

  #lookedAgain(still: Readonly<Record<string, LookTimes>>): boolean {
    return Object.entries(still).every(([name, times]) => {
      const known = this.#known.get(name)
      return known instanceof Sighting ? known.lookedAgain(times) : known !== undefined
    })
  }

  /** What is said again was understood before. */
  #next(name: string, said: unknown): Known {
    const before = this.#known.get(name)
    if (before instanceof Sighting && saysNothingNew(before.signals, said)) {
      const times = lookTimes(said)
      if (isLookTimes(times) && before.lookedAgain(times)) return before
    }
    try {
      return new Sighting(parseSignals(said))
    } catch (error) {
      this.#onOdd(name, error)
      return ODD
    }
  }
}

const ODD: Known = { signals: undefined, trouble: NOT_UNDERSTOOD }
