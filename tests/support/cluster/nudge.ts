/** What waits for news of any kind. */
export class Nudge {
  #news = Promise.withResolvers<void>()

  /** Ends every wait. */
  give(): void {
    this.#news.resolve()
    this.#news = Promise.withResolvers()
  }

  /** The next nudge. Take it before looking at what it may be about, or news in between are lost. */
  get next(): Promise<void> {
    return this.#news.promise
  }
}
