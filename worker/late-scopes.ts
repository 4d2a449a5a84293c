import type { Logger } from '../adapters/telemetry/create-logger.ts'
import { SeldomLog } from '../adapters/telemetry/seldom-log.ts'
import type { CompositeSettings } from '../core/composite/composite-settings.ts'
import { staleAfterMs } from '../core/composite/margin.ts'
import type { Clock } from '../core/time/clock.ts'

interface Late {
  readonly scope: string
  readonly ageMs: number
  readonly maxStaleMs: number
}

/**
 * Says when scores get too old though nothing fails, which nobody else does: there are so many of them, or each takes so long, that workers do not
 * get round in time. A worker sees that of a scope that was not due when it asked, and that is too old when it comes round again.
 */
export class LateScopes {
  /** Those that were not due when they were asked for last, unless something has failed since. */
  readonly #inTime = new Set<string>()
  /** Those that were replaced too late the last time. Once may be a process that stood still. */
  readonly #late = new Set<string>()
  readonly #seldom: SeldomLog<Late>

  constructor(log: Logger, clock: Clock) {
    this.#seldom = new SeldomLog(
      (late, leftOut) =>
        log.warn(
          { ...late, leftOut },
          "the composite's scopes get too old though nothing fails: have more workers, fewer groups or a longer maxStale",
        ),
      () => clock.monotonicMs(),
    )
  }

  /** It is left as it is, so old, undefined where nobody knows. */
  left(scope: string, ageMs: number | undefined, settings: CompositeSettings): void {
    if (ageMs !== undefined && ageMs < staleAfterMs(settings)) this.#inTime.add(scope)
    else this.#inTime.delete(scope)
  }

  /** It is replaced, and was so old by then. */
  replaced(scope: string, ageMs: number, { strategy, maxStaleMs }: CompositeSettings): void {
    const isLate = strategy !== 'EventBased' && ageMs > maxStaleMs && this.#inTime.has(scope)
    this.#inTime.add(scope)
    if (isLate && this.#late.has(scope)) this.#seldom.write({ scope, ageMs: Math.round(ageMs), maxStaleMs })
    if (isLate) this.#late.add(scope)
    else this.#late.delete(scope)
  }

  /** Something failed, or other bounds hold from now on: what gets late before it is asked for again has another cause. */
  forget(): void {
    this.#inTime.clear()
  }
}
