/**
 * For how long at least one of several things was under way: two at once take no more time than one. The time is an argument, in milliseconds
 * of a clock that never steps.
 */
export class BusyTime {
  #underWay = 0
  #since = 0
  #pastMs = 0

  begin(nowMs: number): void {
    if (this.#underWay === 0) this.#since = nowMs
    this.#underWay += 1
  }

  end(nowMs: number): void {
    this.#underWay -= 1
    if (this.#underWay === 0) this.#pastMs += nowMs - this.#since
  }

  /** Until now, with what is still under way. */
  totalMs(nowMs: number): number {
    return this.#underWay === 0 ? this.#pastMs : this.#pastMs + nowMs - this.#since
  }
}
