import { failurePauseMs, type GateRules, longestPauseMs } from './gate-rules.ts'

/** What the gate of one scope knows. Instants are whole milliseconds by its own clock, the only one that it goes by. */
export interface GateState {
  /** The greatest that was ever granted. */
  readonly fence: number
  /** When the calculation began whose result stands: that old is the result. */
  readonly startedAt?: number
  /** When that result was committed. */
  readonly committedAt?: number
  /** Events that no committed calculation has begun after. */
  readonly events: number
  readonly notBefore: number
  /** Before then events make nothing due. */
  readonly sparedUntil: number
  /** In a row. */
  readonly failures: number
  readonly held?: Held
}

/** A calculation under way. */
export interface Held {
  readonly token: string
  readonly until: number
  readonly startedAt: number
  /** How many events there were when it began. */
  readonly events: number
}

export interface GateAsk {
  /** Tells this attempt from every other one. */
  readonly token: string
  /** Counted by the worker since it asked last. */
  readonly events: number
  /** For a gate that knows nothing: the greatest fence that the referee has seen. */
  readonly seed?: number
  /** The fleet ends: whether a result is due does not matter any more, only the shortest interval does. */
  readonly isLast: boolean
}

export type GateOutcome =
  /** It knows nothing, and nothing was counted: ask again with a seed. */
  | { readonly kind: 'uninitialised' }
  | { readonly kind: 'granted'; readonly fence: number }
  | { readonly kind: 'busy'; readonly waitMs: number }
  /** Not due before then. Undefined: not by time, only by events. */
  | { readonly kind: 'early'; readonly waitMs: number | undefined }

export interface Begun {
  readonly state: GateState | undefined
  readonly outcome: GateOutcome
  /** Of the result that stands. */
  readonly ageMs: number | undefined
}

/** Judges whether a calculation is due, and grants it, in one: nobody begins on what somebody else has just done. */
export function begin(known: GateState | undefined, ask: GateAsk, rules: GateRules, now: number): Begun {
  const fresh = known ?? (ask.seed === undefined ? undefined : seeded(ask.seed))
  if (fresh === undefined) return { state: undefined, outcome: { kind: 'uninitialised' }, ageMs: undefined }
  const state = clamped({ ...fresh, events: fresh.events + ask.events }, rules, now)
  const ageMs = state.startedAt === undefined ? undefined : Math.max(0, now - state.startedAt)
  const { held } = state
  if (held !== undefined && held.until > now)
    return { state, outcome: { kind: 'busy', waitMs: held.until - now }, ageMs }
  const waitMs = dueInMs(state, ask, rules, now)
  if (waitMs !== 0) return { state, outcome: { kind: 'early', waitMs }, ageMs }
  const fence = state.fence + 1
  const granted = { token: ask.token, until: now + rules.leaseMs, startedAt: now, events: state.events }
  return { state: { ...state, fence, held: granted }, outcome: { kind: 'granted', fence }, ageMs }
}

/** The result is with the referee. Keeps the events that came meanwhile. `lost`: somebody else holds the gate, or nobody. */
export function commit(
  state: GateState | undefined,
  { token, fence }: { readonly token: string; readonly fence: number },
  now: number,
): { readonly state: GateState | undefined; readonly outcome: 'committed' | 'lost' } {
  if (state?.held === undefined || state.held.token !== token || state.fence !== fence)
    return { state, outcome: 'lost' }
  const { startedAt, events } = state.held
  const left = Math.max(0, state.events - events)
  return {
    state: { fence, startedAt, committedAt: now, events: left, notBefore: 0, sparedUntil: 0, failures: 0 },
    outcome: 'committed',
  }
}

/** Why a calculation came to nothing. */
export type AbortCause =
  /** For so long events are no reason to try again. */
  | { readonly kind: 'failed'; readonly spareMs: number }
  /** The referee has a result that is not to be replaced yet, or knows of a greater fence. */
  | { readonly kind: 'refused'; readonly waitMs: number; readonly fence: number }

/** Gives the gate back with nothing done: what is due stays due. */
export function abort(
  state: GateState | undefined,
  token: string,
  cause: AbortCause,
  now: number,
): { readonly state: GateState | undefined; readonly outcome: 'aborted' | 'lost' } {
  if (state?.held === undefined || state.held.token !== token) return { state, outcome: 'lost' }
  const { held: _, ...rest } = state
  if (cause.kind === 'refused') {
    const fence = Math.max(state.fence, cause.fence)
    return { state: { ...rest, fence, notBefore: now + cause.waitMs }, outcome: 'aborted' }
  }
  const failures = state.failures + 1
  const sparedUntil = Math.max(state.sparedUntil, now + cause.spareMs)
  return { state: { ...rest, failures, notBefore: now + failurePauseMs(failures), sparedUntil }, outcome: 'aborted' }
}

function seeded(fence: number): GateState {
  return { fence, events: 0, notBefore: 0, sparedUntil: 0, failures: 0 }
}

/** What another clock wrote, one that was ahead, binds nobody for longer than this clock could have. */
function clamped(state: GateState, rules: GateRules, now: number): GateState {
  const notBefore = Math.min(state.notBefore, now + longestPauseMs(rules))
  const sparedUntil = Math.min(state.sparedUntil, now + rules.staleAfterMs)
  const bound = { ...state, notBefore, sparedUntil }
  if (state.held === undefined) return bound
  return { ...bound, held: { ...state.held, until: Math.min(state.held.until, now + rules.leaseMs) } }
}

/** 0: due. Undefined: no time makes it due. */
function dueInMs(state: GateState, { isLast }: GateAsk, rules: GateRules, now: number): number | undefined {
  const restMs = Math.max(0, rules.minIntervalMs - since(state.committedAt, now))
  const heldBackMs = Math.max(restMs, state.notBefore - now)
  const dueMs = isLast ? 0 : Math.min(dueByEventsInMs(state, rules, now), dueByTimeInMs(state.startedAt, rules, now))
  return dueMs === Number.POSITIVE_INFINITY ? undefined : Math.max(heldBackMs, dueMs)
}

/** By those that have come so far. */
function dueByEventsInMs(
  { events, sparedUntil }: GateState,
  { strategy, eventThreshold }: GateRules,
  now: number,
): number {
  const isWorthwhile = (strategy === 'EventBased' || strategy === 'Hybrid') && events >= eventThreshold
  return isWorthwhile ? Math.max(0, sparedUntil - now) : Number.POSITIVE_INFINITY
}

function dueByTimeInMs(startedAt: number | undefined, { strategy, staleAfterMs }: GateRules, now: number): number {
  const age = since(startedAt, now)
  if (age === Number.POSITIVE_INFINITY) return 0
  switch (strategy) {
    case 'TimeBased':
      return 0
    case 'EventBased':
      return Number.POSITIVE_INFINITY
    case 'Hybrid':
      return Math.max(0, staleAfterMs - age)
    case 'Background': // by a grid of its own, so that what a calculation takes shifts none of the following
      return Math.floor(now / staleAfterMs) > Math.floor((now - age) / staleAfterMs)
        ? 0
        : staleAfterMs - (now % staleAfterMs)
  }
}

/** Since ever, where there is nothing, or something that the clock has not come to. */
function since(instant: number | undefined, now: number): number {
  return instant === undefined || instant > now ? Number.POSITIVE_INFINITY : now - instant
}
