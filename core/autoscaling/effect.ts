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
  /** What `from` workers get done in a second when they are busy. */
  readonly beforePerSecond: number
  /** Since when all were ready and had more than enough to do. */
  readonly busySince: { readonly atMs: number; readonly done: number } | null
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
  /** Whether more waits than is done in a moment: else nothing can be said, or nothing is wrong. */
  readonly isFull: boolean
}

export interface Judged {
  readonly effect: Effect
  /** What the workers got done in a second when all were busy, once it is known. */
  readonly perSecond: number | undefined
}

const MEASURED_FOR_MS = 20_000
const LEAST_GAIN = 0.1
const ANOTHER_LOAD = 0.25

export function judgeEffect({ trial, limit }: Effect, look: EffectLook, nowMs: number): Judged {
  const kept = limit === null || isAnotherLoad(limit, look) ? null : limit
  if (trial === null) return { effect: { trial, limit: kept }, perSecond: undefined }
  if (!look.isFull || look.workers !== trial.to) return { effect: { trial: null, limit: kept }, perSecond: undefined }
  const { entriesDone } = look
  const start = trial.busySince
  if (look.ready < trial.to || entriesDone === null) {
    return { effect: { trial: { ...trial, busySince: null }, limit: kept }, perSecond: undefined }
  }
  if (start === null || entriesDone < start.done) {
    return {
      effect: { trial: { ...trial, busySince: { atMs: nowMs, done: entriesDone } }, limit: kept },
      perSecond: undefined,
    }
  }
  if (nowMs - start.atMs < MEASURED_FOR_MS) return { effect: { trial, limit: kept }, perSecond: undefined }
  const perSecond = ((entriesDone - start.done) * 1_000) / (nowMs - start.atMs)
  return { effect: { trial: null, limit: limitOf(trial, perSecond, look) ?? kept }, perSecond }
}

/** Steps that follow each other closely are judged as one. */
export function tryOut(effect: Effect, from: number, to: number, perWorker: number | null): Effect {
  if (effect.trial !== null) return { ...effect, trial: { ...effect.trial, to, busySince: null } }
  if (from === 0 || perWorker === null) return effect
  return { ...effect, trial: { from, to, beforePerSecond: from * perWorker, busySince: null } }
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
    differs(arrivalsPerSecond, limit.arrivalsPerSecond) ||
    (completionsPerSecond ?? 0) > limit.afterPerSecond * (1 + ANOTHER_LOAD)
  )
}

function differs(now: number | null, then: number): boolean {
  return now !== null && Math.abs(now - then) > then * ANOTHER_LOAD
}
