import type { AbortCause, GateAsk, GateOutcome } from '../../core/composite/gate.ts'
import { FAILURE_PAUSE, type GateRules, longestPauseMs } from '../../core/composite/gate-rules.ts'
import type { RedisClient } from './redis-client.ts'
import { loadScript, runScript } from './run-script.ts'

export interface GateReply {
  readonly outcome: GateOutcome
  /** Of the result that stands, as far as the gate knows one. */
  readonly ageMs: number | undefined
  /** Its value; null where there was no data, undefined where the gate does not know it. */
  readonly value: string | null | undefined
}

/** What a gate is told of a result that PostgreSQL has taken. */
export interface LatestResult {
  readonly value: string | null
  readonly asOf: string
}

const BEGIN = loadScript('composite-begin')
const COMMIT = loadScript('composite-commit')
const ABORT = loadScript('composite-abort')

/** A gate that nobody asks any more goes by itself; whoever asks again has it seeded. */
const KEPT_MS = 86_400_000

type BegunReply = [kind: GateOutcome['kind'], number: number, ageMs: number, value: string | null]

/** The gates of a pipeline's scopes, each one hash on one server. `core/composite/gate.ts` says what they do. `pipeline` is its key. */
export class CompositeGate {
  readonly #client: Pick<RedisClient, 'eval' | 'evalsha'>
  readonly #pipeline: string

  constructor(client: Pick<RedisClient, 'eval' | 'evalsha'>, pipeline: string) {
    this.#client = client
    this.#pipeline = pipeline
  }

  async begin(scope: string, { token, events, seed, isLast }: GateAsk, rules: GateRules): Promise<GateReply> {
    const { strategy, minIntervalMs, staleAfterMs, eventThreshold, leaseMs } = rules
    const reply = await runScript(this.#client, BEGIN, this.#keys(scope), [
      token,
      events,
      strategy,
      minIntervalMs,
      staleAfterMs,
      eventThreshold,
      leaseMs,
      longestPauseMs(rules),
      KEPT_MS,
      isLast ? 1 : 0,
      seed ?? '',
    ])
    const [kind, number, ageMs, value] = reply as BegunReply
    return {
      outcome: outcomeOf(kind, number),
      ageMs: ageMs < 0 ? undefined : ageMs,
      value: value === null ? undefined : value === '' ? null : value,
    }
  }

  /** Whether this attempt held the gate to the end. */
  async commit(
    scope: string,
    { token, fence }: { readonly token: string; readonly fence: number },
    { value, asOf }: LatestResult,
  ): Promise<boolean> {
    return (await runScript(this.#client, COMMIT, this.#keys(scope), [token, fence, value ?? '', asOf, KEPT_MS])) === 1
  }

  /** Whether this attempt held the gate until now. */
  async abort(scope: string, token: string, cause: AbortCause): Promise<boolean> {
    const [waitMs, fence, spareMs] = cause.kind === 'failed' ? ['', 0, cause.spareMs] : [cause.waitMs, cause.fence, 0]
    const { firstMs, longestMs } = FAILURE_PAUSE
    return (
      (await runScript(this.#client, ABORT, this.#keys(scope).slice(0, 1), [
        token,
        waitMs,
        fence,
        firstMs,
        longestMs,
        spareMs,
      ])) === 1
    )
  }

  /** Of one scope, and so on one server of a cluster. */
  #keys(scope: string): readonly string[] {
    const tag = `{cmp:${this.#pipeline}:${scope}}`
    return [`${tag}:gate`, `${tag}:latest`]
  }
}

function outcomeOf(kind: GateOutcome['kind'], number: number): GateOutcome {
  switch (kind) {
    case 'uninitialised':
      return { kind }
    case 'granted':
      return { kind, fence: number }
    case 'busy':
      return { kind, waitMs: number }
    case 'early':
      return { kind, waitMs: number < 0 ? undefined : number }
  }
}
