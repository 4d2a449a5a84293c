import { learnFullMs, worthMs } from './batch-worth.ts'

/** Both are done in batches. */
export type Activity = 'batch' | 'evaluation'

/**
 * For how long something was under way: two things at once take no more time than one, and what was no full batch counts for a part of its time.
 * The time is an argument, in milliseconds of a clock that never steps.
 */
export class BusyTime {
  readonly #activities = { batch: new Batches(), evaluation: new Batches() }
  #underWay = 0
  /** From when on nothing is counted yet. */
  #since = 0
  #pastMs = 0
  #toldMs = 0

  begin(activity: Activity, nowMs: number): void {
    if (this.#underWay === 0) this.#since = nowMs
    this.#underWay += 1
    this.#activities[activity].begin(nowMs)
  }

  /** `fill`: how much of it there was, as a part of the most that there could have been; 1 where that does not matter. */
  end(activity: Activity, nowMs: number, fill: number): void {
    this.#underWay -= 1
    this.#pastMs += (nowMs - this.#since) * this.#activities[activity].end(nowMs, fill)
    this.#since = nowMs
  }

  /** Until now, with the whole time of what is still under way; never less than it was. */
  totalMs(nowMs: number): number {
    const openMs = this.#underWay === 0 ? 0 : nowMs - this.#since
    return (this.#toldMs = Math.max(this.#toldMs, this.#pastMs + openMs))
  }
}

/** Of one kind, done one after the other though the next may have begun. */
class Batches {
  #underWay = 0
  #since = 0
  #fullMs: number | undefined

  begin(nowMs: number): void {
    if (this.#underWay === 0) this.#since = nowMs
    this.#underWay += 1
  }

  /** Which part of its time counts. */
  end(nowMs: number, fill: number): number {
    this.#underWay -= 1
    const batch = { ms: nowMs - this.#since, fill }
    this.#since = nowMs
    if (fill <= 0 || batch.ms <= 0) return 1
    this.#fullMs = learnFullMs(this.#fullMs, batch)
    return Math.min(1, worthMs(batch, this.#fullMs) / batch.ms)
  }
}
