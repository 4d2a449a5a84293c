type Close = () => Promise<void> | void

/** Collects what was opened and closes it in reverse order, all of it, whatever fails on the way. */
export class Scope {
  readonly #closers: Close[] = []

  use<T>(resource: T, close: (resource: T) => Promise<void> | void): T {
    this.#closers.push(() => close(resource))
    return resource
  }

  async close(): Promise<void> {
    const errors: unknown[] = []
    for (const close of this.#closers.splice(0).reverse()) {
      try {
        await close()
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, `closing did not go well: ${errors.map(String).join('; ')}`)
  }
}
