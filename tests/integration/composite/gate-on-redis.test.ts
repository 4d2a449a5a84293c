import fc from 'fast-check'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CompositeGate } from '../../../adapters/redis/composite-gate.ts'
import type { CompositeStrategy } from '../../../core/composite/composite-settings.ts'
import { type AbortCause, abort, begin, commit, type GateAsk, type GateState } from '../../../core/composite/gate.ts'
import { type GateRules, gateRules } from '../../../core/composite/gate-rules.ts'
import { ClockedRedis } from '../../support/clocked-redis.ts'
import { eventually } from '../../support/eventually.ts'
import { GateModel } from '../../support/gate-model.ts'
import { runs } from '../../support/property-runs.ts'
import { type FreshRedis, freshRedis } from '../../support/servers.ts'

const STRATEGIES: readonly CompositeStrategy[] = ['TimeBased', 'EventBased', 'Hybrid', 'Background']

type Move =
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'set the clock back'; readonly ms: number }
  | { readonly do: 'begin'; readonly events: number; readonly isLast: boolean; readonly seed: number | undefined }
  | { readonly do: 'commit'; readonly attempt: number; readonly wrongFence: boolean }
  | { readonly do: 'abort'; readonly attempt: number; readonly cause: AbortCause }
  | { readonly do: 'flush' }

const wait = fc.record({ do: fc.constant('wait' as const), ms: fc.nat(9_000) })
const ask = fc.record({
  do: fc.constant('begin' as const),
  events: fc.oneof(fc.constant(0), fc.nat(60)),
  isLast: fc.nat(19).map((n) => n === 0),
  seed: fc.option(fc.nat(50), { nil: undefined, freq: 4 }),
})
/** Mostly of the attempt that was granted last. */
const attempt = fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(4) })
const committing = fc.record({
  do: fc.constant('commit' as const),
  attempt,
  wrongFence: fc.nat(9).map((n) => n === 0),
})
const aborting = fc.record({
  do: fc.constant('abort' as const),
  attempt,
  cause: fc.oneof(
    fc.record({ kind: fc.constant('failed' as const), spareMs: fc.oneof(fc.constant(0), fc.nat(6_000)) }),
    fc.record({ kind: fc.constant('refused' as const), waitMs: fc.nat(3_000), fence: fc.nat(90) }),
  ),
})
const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 5, arbitrary: wait },
  { weight: 8, arbitrary: ask },
  { weight: 4, arbitrary: committing },
  { weight: 2, arbitrary: aborting },
  { weight: 1, arbitrary: fc.constant<Move>({ do: 'flush' }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('set the clock back' as const), ms: fc.nat(20_000) }) },
)
const rules: fc.Arbitrary<GateRules> = fc.record({
  strategy: fc.constantFrom(...STRATEGIES),
  minIntervalMs: fc.integer({ min: 1, max: 6_000 }),
  staleAfterMs: fc.integer({ min: 6_000, max: 20_000 }),
  eventThreshold: fc.integer({ min: 1, max: 120 }),
  leaseMs: fc.integer({ min: 100, max: 5_000 }),
})

let server: FreshRedis
let redis: Redis

beforeAll(async () => {
  server = await freshRedis()
  redis = new Redis(server.url)
})

afterAll(async () => {
  redis.disconnect()
  await server.release()
})

describe('the gate on Redis', () => {
  test('answers what the pure one does, and both what their whole history says, whatever is done', async () => {
    let runsSoFar = 0
    await fc.assert(
      fc.asyncProperty(rules, fc.array(move, { minLength: 5, maxLength: 60 }), async (given, moves) => {
        await new History(given, `history-${(runsSoFar += 1)}`).play(moves)
      }),
      runs(150),
    )
  })

  test.each(['Hybrid', 'EventBased'] as const)(
    'is as deaf to events after a failure as it is told: %s',
    async (strategy) => {
      const ask: Move = { do: 'begin', events: 10, isLast: false, seed: 0 }
      const given = { strategy, minIntervalMs: 1_000, staleAfterMs: 20_000, eventThreshold: 10, leaseMs: 5_000 }
      await new History(given, `deaf-${strategy}`).play([
        ask,
        { do: 'commit', attempt: 0, wrongFence: false },
        { do: 'wait', ms: 1_000 },
        ask,
        { do: 'abort', attempt: 0, cause: { kind: 'failed', spareMs: 6_000 } },
        { do: 'wait', ms: 2_000 },
        ask, // early
        { do: 'wait', ms: 4_000 },
        ask, // granted
        { do: 'commit', attempt: 0, wrongFence: false },
      ])
    },
  )

  test('goes by its server, is asked under one slot of a cluster, and comes through a flush of its scripts', async () => {
    const gate = new CompositeGate(redis, 'shops')
    const hybrid = gateRules({ strategy: 'Hybrid', minIntervalMs: 1_000, maxStaleMs: 30_000, eventThreshold: 10 })
    const first = { token: 'first', events: 1, seed: 4, isLast: false }
    expect((await gate.begin('region=EU', first, hybrid)).outcome).toEqual({ kind: 'granted', fence: 5 })
    expect((await redis.keys('*region*')).sort()).toEqual(['{cmp:shops:region=EU}:gate'])
    const [seconds = 0] = await redis.time()
    const until = Number(await redis.hget('{cmp:shops:region=EU}:gate', 'lease_until'))
    expect(Math.abs(until - hybrid.leaseMs - seconds * 1_000)).toBeLessThan(2_000)
    await redis.script('FLUSH')
    expect(await gate.commit('region=EU', { token: 'first', fence: 5 }, { value: '76.5', asOf: 'then' })).toBe(true)
    expect(await redis.hgetall('{cmp:shops:region=EU}:latest')).toEqual({ value: '76.5', as_of: 'then', fence: '5' })
    const again = await gate.begin('region=EU', { token: 'second', events: 0, isLast: false }, hybrid)
    expect(again).toMatchObject({ outcome: { kind: 'early' }, value: '76.5' })
    expect(again.ageMs).toBeLessThan(30_000)
    for (const key of ['gate', 'latest']) expect(await redis.pttl(`{cmp:shops:region=EU}:${key}`)).toBeGreaterThan(0)
  })

  test.each([
    ['while another calculates', false, 'busy'],
    ['while nothing is due', true, 'early'],
  ] as const)('keeps what it knows for as long as it is asked: %s', async (title, isSilent, answer) => {
    const gate = new CompositeGate(redis, title)
    const rules = gateRules({ strategy: 'EventBased', minIntervalMs: 1, maxStaleMs: 30_000, eventThreshold: 10 })
    const ask = { events: 1, isLast: false, seed: 0 }
    await gate.begin('pipeline', { ...ask, token: 'first' }, rules)
    await gate.commit('pipeline', { token: 'first', fence: 1 }, { value: '76.5', asOf: 'then' })
    if (!isSilent)
      await eventually(async () => {
        const { outcome } = await gate.begin('pipeline', { ...ask, token: 'second', isLast: true }, rules)
        expect(outcome.kind).toBe('granted')
      })
    const keys = ['gate', 'latest'].map((key) => `{cmp:${title}:pipeline}:${key}`)
    for (const key of keys) await redis.pexpire(key, 60_000)
    expect((await gate.begin('pipeline', { ...ask, token: 'next' }, rules)).outcome.kind).toBe(answer)
    for (const key of keys) expect(await redis.pttl(key), key).toBeGreaterThan(3_600_000)
  })

  test('knows of no data as of a value', async () => {
    const gate = new CompositeGate(redis, 'empty')
    const timed = gateRules({ strategy: 'TimeBased', minIntervalMs: 60_000, maxStaleMs: 90_000, eventThreshold: 1 })
    await gate.begin('pipeline', { token: 'first', events: 0, seed: 0, isLast: false }, timed)
    await gate.commit('pipeline', { token: 'first', fence: 1 }, { value: null, asOf: 'then' })
    expect((await gate.begin('pipeline', { token: 'next', events: 0, isLast: false }, timed)).value).toBeNull()
  })
})

interface Attempt {
  readonly token: string
  readonly fence: number
}

/** One gate in Redis, its pure form and its model, to which the same is done. */
class History {
  readonly #rules: GateRules
  readonly #clocked = new ClockedRedis(redis, 50_000_000)
  readonly #gate: CompositeGate
  readonly #key: string
  readonly #model: GateModel
  #hasClockGoneBack = false
  #state: GateState | undefined
  #asked = 0
  readonly #attempts: Attempt[] = []

  constructor(given: GateRules, name: string) {
    this.#rules = given
    this.#gate = new CompositeGate(this.#clocked, name)
    this.#key = `{cmp:${name}:pipeline}:gate`
    this.#model = new GateModel(given)
  }

  async play(moves: readonly Move[]): Promise<void> {
    for (const each of moves) {
      await this.#play(each)
      expect(await this.#stored()).toEqual(this.#state)
    }
    await redis.del(this.#key, this.#key.replace(':gate', ':latest'))
  }

  async #play(each: Move): Promise<void> {
    switch (each.do) {
      case 'wait':
        this.#clocked.nowMs += each.ms
        return
      case 'set the clock back':
        this.#clocked.nowMs -= each.ms
        this.#hasClockGoneBack = true
        return
      case 'flush':
        this.#state = undefined
        this.#model.forget()
        await redis.del(this.#key)
        return
      case 'begin':
        return await this.#begin(each)
      case 'commit':
        return await this.#commit(each)
      case 'abort':
        return await this.#abort(each)
    }
  }

  async #begin({ events, isLast, seed }: Extract<Move, { do: 'begin' }>): Promise<void> {
    const now = this.#clocked.nowMs
    const asked: GateAsk = {
      token: `attempt-${(this.#asked += 1)}`,
      events,
      isLast,
      ...(seed === undefined ? {} : { seed }),
    }
    const { outcome, ageMs } = await this.#gate.begin('pipeline', asked, this.#rules)
    const pure = begin(this.#state, asked, this.#rules, now)
    expect({ outcome, ageMs }).toEqual({ outcome: pure.outcome, ageMs: pure.ageMs })
    this.#state = pure.state
    this.#likeModel(() => expect(outcome).toEqual(this.#model.begin(asked, now)))
    if (outcome.kind === 'granted') this.#attempts.unshift({ token: asked.token, fence: outcome.fence })
  }

  async #commit({ attempt: which, wrongFence }: Extract<Move, { do: 'commit' }>): Promise<void> {
    const { token, fence: granted } = this.#attempts[which] ?? { token: 'nobody', fence: 1 }
    const fence = wrongFence ? granted + 1 : granted
    const now = this.#clocked.nowMs
    const isNoted = await this.#gate.commit('pipeline', { token, fence }, { value: '1', asOf: 'then' })
    const pure = commit(this.#state, { token, fence }, now)
    expect(isNoted).toBe(pure.outcome === 'committed')
    this.#state = pure.state
    this.#likeModel(() => expect(isNoted).toBe(this.#model.commit(token, fence, now)))
  }

  async #abort({ attempt: which, cause }: Extract<Move, { do: 'abort' }>): Promise<void> {
    const { token } = this.#attempts[which] ?? { token: 'nobody' }
    const now = this.#clocked.nowMs
    const isOurs = await this.#gate.abort('pipeline', token, cause)
    const pure = abort(this.#state, token, cause, now)
    expect(isOurs).toBe(pure.outcome === 'aborted')
    this.#state = pure.state
    this.#likeModel(() => expect(isOurs).toBe(this.#model.abort(token, cause, now)))
  }

  /** The model is of a clock that only goes on. */
  #likeModel(compare: () => void): void {
    if (!this.#hasClockGoneBack) compare()
  }

  /** The script's hash, as the state that it stands for. */
  async #stored(): Promise<GateState | undefined> {
    const hash = await redis.hgetall(this.#key)
    if (hash['fence'] === undefined) return undefined
    for (const [name, text] of Object.entries(hash)) if (name !== 'tok') expect(text, name).toMatch(/^\d+$/)
    const number = (name: string) => (hash[name] === undefined ? undefined : Number(hash[name]))
    const given = {
      fence: number('fence'),
      startedAt: number('last'),
      committedAt: number('committed'),
      events: number('ev'),
      notBefore: number('not_before') ?? 0,
      sparedUntil: number('spared_until') ?? 0,
      failures: number('failures') ?? 0,
      held:
        hash['tok'] === undefined
          ? undefined
          : { token: hash['tok'], until: number('lease_until'), startedAt: number('start'), events: number('snap') },
    }
    return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as unknown as GateState
  }
}
