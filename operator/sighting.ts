import { areTimesOf, asOf, type LookTimes } from '../core/signals/look-times.ts'
import type { PipelineSignals } from '../core/signals/pipeline-signals.ts'

/** What is known of one pipeline, or why nothing is. */
export interface Known {
  readonly signals: PipelineSignals | undefined
  readonly trouble: string | undefined
}

/**
 * What an exporter saw of a pipeline: the same object for as long as it sees nothing new, however often it looks. Most of a thousand pipelines are
 * not asked about between two looks, so the signals as of the newest are made when somebody does.
 */
export class Sighting implements Known {
  readonly trouble = undefined
  #signals: PipelineSignals
  #newest: LookTimes | undefined

  constructor(signals: PipelineSignals) {
    this.#signals = signals
  }

  get signals(): PipelineSignals {
    if (this.#newest !== undefined) this.#signals = asOf(this.#signals, this.#newest)
    this.#newest = undefined
    return this.#signals
  }

  /** Nothing was new. Whether that can be: what was seen has times, what was not seen has none. */
  lookedAgain(times: LookTimes): boolean {
    if (!areTimesOf(this.#signals, times)) return false
    this.#newest = times
    return true
  }
}
