/** What more workers were seen to bring. */
export interface Effect {
  /** A scale-up that is not judged yet. */
  readonly trial: Trial | null
  /** One that brought next to nothing, until the load is another. */
  readonly limit: Limit | null
}

export interface Trial {
  readonly from: number
  readonly to: number
  /** That the load asked for then: more than `to` where that is as far as one step goes. */
  readonly wanted: number
  /** What `from` workers get done in a second when they are busy. */
  readonly beforePerSecond: number
  readonly arrivalsPerSecond: number
  readonly since: Since | null
}

/** When all of them were ready. */
interface Since {
  readonly readyAtMs: number
  /** From when on more waited than they get done in a moment. */
  readonly full: { readonly atMs: number; readonly done: number; readonly latest: number } | null
}

export interface Limit {
  readonly from: number
  readonly to: number
  readonly beforePerSecond: number
  readonly afterPerSecond: number
  readonly arrivalsPerSecond: number
}

export interface EffectLook {
  /** Asked for. */
  readonly workers: number
  readonly ready: number
  readonly entriesDone: number | null
  readonly completionsPerSecond: number | null
  readonly arrivalsPerSecond: number | null
  /** Whether each worker has more than enough to do: else nothing can be said, or nothing is wrong. */
  readonly isFull: boolean
}

export interface Judged {
  readonly effect: Effect
  /** What the workers got done in a second when all were busy, once it is known. */
  readonly perSecond?: number
}

const MEASURED_FOR_MS = 15_000

/** Workers that were never busy for so long were enough. */
const WORTHWHILE_AFTER_MS = 60_000

const LEAST_GAIN = 0.1
const ANOTHER_LOAD = 0.25

export function judgeEffect({ trial, limit }: Effect, look: EffectLook, nowMs: number): Judged {
  const kept = limit === null || isAnotherLoad(limit, look) ? null : limit
  if (trial === null || look.workers !== trial.to) return { effect: { trial: null, limit: kept } }
  const since = follow(trial.since, look, nowMs, trial.to)
  const effect = { trial: { ...trial, since }, limit: kept }
  if (since === null) return { effect }
  if (since.full === null || look.entriesDone === null) {
    return nowMs - since.readyAtMs < WORTHWHILE_AFTER_MS ? { effect } : { effect: { trial: null, limit: kept } }
  }
  const fullMs = nowMs - since.full.atMs
  if (fullMs < MEASURED_FOR_MS) return { effect }
  const perSecond = ((look.entriesDone - since.full.done) * 1_000) / fullMs
  return { effect: { trial: null, limit: limitOf(trial, perSecond, look) ?? kept }, perSecond }
}

function follow(since: Since | null, look: EffectLook, nowMs: number, workers: number): Since | null {
  const { ready, isFull, entriesDone: done } = look
  if (ready < workers) return null
  const readyAtMs = since?.readyAtMs ?? nowMs
  if (!isFull || done === null) return { readyAtMs, full: null }
  const known = since?.full ?? null
  return {
    readyAtMs,
    full: known === null || done < known.latest ? { atMs: nowMs, done, latest: done } : { ...known, latest: done },
  }
}

/** Steps that follow each other closely are judged as one. */
export function tryOut(effect: Effect, step: Omit<Trial, 'since'>): Effect {
  const { trial } = effect
  if (trial === null) return { ...effect, trial: { ...step, since: null } }
  return { ...effect, trial: { ...step, from: trial.from, beforePerSecond: trial.beforePerSecond, since: null } }
}

/** Whether the same load asks for more workers than before, while it has yet to be seen what those bring that it asked for last. */
export function isUnproven({ trial }: Effect, wanted: number, arrivalsPerSecond: number | null): boolean {
  if (trial === null || wanted <= trial.wanted) return false
  return (arrivalsPerSecond ?? 0) <= trial.arrivalsPerSecond * (1 + LEAST_GAIN)
}

function limitOf({ from, to, beforePerSecond }: Trial, perSecond: number, look: EffectLook): Limit | undefined {
  const promised = (beforePerSecond * (to - from)) / from
  if (perSecond - beforePerSecond >= LEAST_GAIN * promised) return undefined
  return { from, to, beforePerSecond, afterPerSecond: perSecond, arrivalsPerSecond: look.arrivalsPerSecond ?? 0 }
}

function isAnotherLoad(
  limit: Limit,
  { isFull, workers, arrivalsPerSecond, completionsPerSecond }: EffectLook,
): boolean {
  return (
    !isFull ||
    workers < limit.to ||
    (arrivalsPerSecond !== null &&
      Math.abs(arrivalsPerSecond - limit.arrivalsPerSecond) > limit.arrivalsPerSecond * ANOTHER_LOAD) ||
    (completionsPerSecond ?? 0) > limit.afterPerSecond * (1 + ANOTHER_LOAD)
  )
}
