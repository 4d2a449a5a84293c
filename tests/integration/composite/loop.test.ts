import { describe, expect, test } from 'vitest'
import { systemClock } from '../../../adapters/process/system-clock.ts'
import type { CompositeSettings } from '../../../core/composite/composite-settings.ts'
import { CALCULATION_BUDGET_MS, COMPOSITE_LEASE_MS, STALENESS_MARGIN_MS } from '../../../core/composite/margin.ts'
import { captureLog } from '../../support/captured-log.ts'
import { ages, CompositeLoops, gaps, planOf, scored } from '../../support/composite-loops.ts'
import { rulesOf } from '../../support/composite-rules.ts'
import { eventually } from '../../support/eventually.ts'

/** As close together as can be: a result is due when it is a second and a half old. */
const HYBRID: CompositeSettings = {
  strategy: 'Hybrid',
  minIntervalMs: 1_000,
  maxStaleMs: 1_500 + STALENESS_MARGIN_MS,
  eventThreshold: 100,
}

/** Whatever happens, nothing is due for a while after the first. */
const RARE: CompositeSettings = { ...HYBRID, minIntervalMs: 1_000, maxStaleMs: 3_600_000 }

const MANY = 16
const KEY = '{cmp:shops:pipeline}'

async function commits(loops: CompositeLoops, atLeast: number) {
  return await eventually(async () => {
    const committed = await loops.committed()
    expect(committed.length).toBeGreaterThanOrEqual(atLeast)
    return committed
  })
}

describe.concurrent('the workers of a fleet', () => {
  test.each([
    ['without any events', 0],
    ['under more events than are ever waited for', 5_000],
  ])('keep both bounds together, sixteen of them, %s', async (_sentence, events) => {
    await using loops = await CompositeLoops.open()
    const fleet = loops.start(MANY, HYBRID)
    const flow = setInterval(() => fleet.forEach((loop) => void loop.count(events / 10)), 100)
    const committed = await commits(loops, 7).finally(() => clearInterval(flow))
    expect(Math.min(...gaps(committed))).toBeGreaterThanOrEqual(HYBRID.minIntervalMs)
    expect(Math.max(...ages(committed))).toBeLessThan(HYBRID.maxStaleMs)
    expect(await loops.outcomes('committed')).toBeGreaterThanOrEqual(7)
    expect(await loops.outcomes('refused')).toBe(0)
    expect(await loops.outcomes('failed')).toBe(0)
  })

  test('count together, and lose nothing that came while one of them calculated', async () => {
    await using loops = await CompositeLoops.open()
    const [one, two] = loops.start(2, RARE, {
      calculate: async () => {
        one?.count(60)
        two?.count(60)
        return scored('1')
      },
    })
    await commits(loops, 1)
    await commits(loops, 3) // what came during one calculation is enough for the next
  })

  test('ask as often as before when they have a million times more to tell', async () => {
    await using loops = await CompositeLoops.open()
    const fleet = loops.start(4, { ...RARE, eventThreshold: 1_000_000_000 })
    await commits(loops, 1)
    const asked = async () => (await loops.outcomes('early')) + (await loops.outcomes('granted'))
    const before = await asked()
    const beganAt = performance.now()
    for (let i = 0; i < 1_000_000; i += 1) fleet[i % 4]?.count(1)
    const told = async () => Number(await loops.redis.hget(`${KEY}:gate`, 'ev'))
    await eventually(async () => expect(await told()).toBe(1_000_000))
    const sinceThen = await asked()
    const ticks = (performance.now() - beganAt) / 500 // each is half a second at least
    expect(sinceThen - before).toBeLessThanOrEqual(4 * (ticks + 2))
    await eventually(async () => expect(await asked()).toBeGreaterThan(sinceThen + 8))
    expect(await told()).toBe(1_000_000) // each event once
  })

  test('let events ask for a hundredth of a core at most, though a result gets no older than it may', async () => {
    await using loops = await CompositeLoops.open()
    let slowMs = 0
    const fleet = loops.start(
      1,
      { ...HYBRID, eventThreshold: 1 },
      {
        clock: { ...systemClock, monotonicMs: () => performance.now() + slowMs },
        calculate: async () => {
          slowMs += 100
          return scored('1')
        },
      },
    )
    const flow = setInterval(() => fleet.forEach((loop) => void loop.count(1)), 100)
    const committed = await commits(loops, 4).finally(() => clearInterval(flow))
    expect(Math.min(...gaps(committed))).toBeGreaterThanOrEqual(1_500)
    expect(Math.max(...ages(committed))).toBeLessThan(HYBRID.maxStaleMs)
  })

  test('let events ask no more often for a calculation that always takes too long than for one that is as slow', async () => {
    await using loops = await CompositeLoops.open()
    let slowMs = 0
    const settings = { ...RARE, eventThreshold: 1 }
    const [loop] = loops.start(1, settings, {
      clock: { ...systemClock, monotonicMs: () => performance.now() + slowMs },
      calculate: async (_scope, _asOf, withinMs) => {
        if ((await loops.committed()).length === 0) return scored('1')
        slowMs += withinMs
        throw new Error('it took too long')
      },
    })
    await commits(loops, 1)
    await eventually(async () => expect(await loops.redis.hexists(`${KEY}:gate`, 'committed')).toBe(1))
    await loops.redis.hincrby(`${KEY}:gate`, 'committed', -3_600_000) // no shortest interval is left to wait for
    await loops.database.pool.query("update mp_composite set committed_at = committed_at - interval '1 hour'")
    loop?.count(1)
    await eventually(async () => expect(await loops.outcomes('failed')).toBe(1))
    const asked = await loops.outcomes('early')
    await eventually(async () => expect(await loops.outcomes('early')).toBeGreaterThanOrEqual(asked + 4)) // two seconds
    expect(await loops.outcomes('failed')).toBe(1)
  })

  test('leave what stands alone when a calculation fails, and try again', async () => {
    await using loops = await CompositeLoops.open()
    let fails = 0
    loops.start(2, HYBRID, {
      calculate: () => ((fails += 1) <= 2 ? Promise.reject(new Error('no')) : Promise.resolve(scored('7'))),
    })
    const [first] = await commits(loops, 1)
    expect(first?.fence).toBe(3)
    expect(await loops.outcomes('failed')).toBe(2)
  })

  test('go on from the fence that PostgreSQL has seen when Redis is emptied', async () => {
    await using loops = await CompositeLoops.open()
    loops.start(3, HYBRID)
    await commits(loops, 2)
    for (let flush = 0; flush < 3; flush += 1) {
      const before = (await loops.committed()).length
      await loops.redis.flushdb()
      await commits(loops, before + 2)
    }
    const committed = await loops.committed()
    expect(Math.min(...gaps(committed))).toBeGreaterThanOrEqual(HYBRID.minIntervalMs)
    expect(await loops.outcomes('seeded')).toBeGreaterThanOrEqual(3)
  })

  test('are refused by PostgreSQL when Redis falls behind, and let Redis catch up', async () => {
    await using loops = await CompositeLoops.open()
    loops.start(3, HYBRID)
    await commits(loops, 1)
    const behind = await loops.redis.hgetall(`${KEY}:gate`)
    const { length } = await commits(loops, 4)
    await loops.redis.multi().del(`${KEY}:gate`).hset(`${KEY}:gate`, behind).exec()
    const committed = await commits(loops, length + 2)
    expect(await loops.outcomes('refused')).toBeGreaterThanOrEqual(1)
    expect(Math.min(...gaps(committed))).toBeGreaterThanOrEqual(HYBRID.minIntervalMs)
    expect(committed.map(({ fence }) => fence)).toEqual([...committed.map(({ fence }) => fence)].sort((a, b) => a - b))
  })

  test('take over in time what the clock of another Redis has written', async () => {
    await using loops = await CompositeLoops.open()
    loops.start(2, HYBRID)
    const { length } = await commits(loops, 1)
    const ahead = String(Date.now() + 3_600_000)
    const gate = {
      last: ahead,
      committed: ahead,
      not_before: ahead,
      tok: 'gone',
      lease_until: ahead,
      start: ahead,
      snap: 0,
    }
    await loops.redis.hset(`${KEY}:gate`, gate)
    await commits(loops, length + 2)
  })

  test('show what stands, and how old it is, also those who did not calculate it', async () => {
    await using loops = await CompositeLoops.open()
    const watching = loops.make('watching', RARE, { calculate: () => Promise.reject(new Error('not me')) })
    loops.start(1, RARE)
    await commits(loops, 1)
    await eventually(async () => expect(await loops.redis.hexists(`${KEY}:gate`, 'committed')).toBe(1))
    await watching.finish(performance.now() + 100) // asks once
    const samples = await loops.samples()
    expect(samples.get('mp_worker_composite_value{scope="pipeline"}')).toBe(76.5)
    expect(samples.get('mp_worker_composite_age_seconds{scope="pipeline"}')).toBeLessThan(30)
  })

  test('show no value where there is no data, and an age all the same', async () => {
    await using loops = await CompositeLoops.open()
    loops.start(1, RARE, { calculate: () => Promise.resolve(scored(null)) })
    await commits(loops, 1)
    await eventually(async () => {
      const samples = await loops.samples()
      expect(samples.get('mp_worker_composite_age_seconds{scope="pipeline"}')).toBeGreaterThan(0)
      expect(samples.has('mp_worker_composite_value{scope="pipeline"}')).toBe(false)
    })
  })

  test('calculate each scope by itself', async () => {
    await using loops = await CompositeLoops.open()
    const calculated = new Set<string>()
    loops.start(2, RARE, {
      scopes: ['pipeline', 'region=EU', 'region={US}'],
      calculate: (scope) => {
        calculated.add(scope)
        return Promise.resolve(scored(String(scope.length)))
      },
    })
    await eventually(async () => expect(await loops.committed('region={US}')).toHaveLength(1))
    expect([...calculated].sort()).toEqual(['pipeline', 'region=EU', 'region={US}'])
  })

  test('take over other settings while they run', async () => {
    await using loops = await CompositeLoops.open()
    const [loop] = loops.start(1, RARE)
    await commits(loops, 1)
    loop?.adopt(planOf(rulesOf(HYBRID, { historyLimit: 2 })))
    await eventually(async () => {
      const fences = (await loops.committed()).map(({ fence }) => fence)
      expect(fences).toHaveLength(2)
      expect(fences[0]).toBeGreaterThanOrEqual(3)
    })
    loop?.adopt(undefined)
    await eventually(async () =>
      expect((await loops.samples()).has('mp_worker_composite_age_seconds{scope="pipeline"}')).toBe(false),
    )
  })
})

test('a composite that is given up while it is calculated is shown no more', async () => {
  await using loops = await CompositeLoops.open()
  const loop = loops.make('gives up', RARE, {
    calculate: async () => {
      loop.adopt(undefined)
      return scored('1')
    },
  })
  await loop.finish(performance.now() + 60_000)
  expect(await loops.committed()).toHaveLength(1)
  expect((await loops.samples()).has('mp_worker_composite_age_seconds{scope="pipeline"}')).toBe(false)
})

test('what scopes have left that are gone is removed, a bounded part with each result', async () => {
  await using loops = await CompositeLoops.open()
  const { pool } = loops.database
  await loops.make('former', RARE, { scopes: ['region=Gone'] }).finish(performance.now() + 60_000)
  await pool.query(`insert into mp_composite_history (scope, fence, as_of, committed_at, sample_size, inputs, holder)
    select 'region=Gone', -n, now(), now(), 0, '{}', 'former' from generate_series(1, 1500) n`)
  const loop = loops.make('later', RARE)
  const left = async () => (await pool.query("select from mp_composite_history where scope = 'region=Gone'")).rowCount
  await loop.finish(performance.now() + 60_000)
  expect(await left()).toBe(501)
  expect((await pool.query('select scope from mp_composite')).rows).toEqual([{ scope: 'pipeline' }])
  await loop.finish(performance.now() + 60_000)
  expect(await left()).toBe(0)
})

test('of rules the newest thousand are kept, and those of what stands', async () => {
  await using loops = await CompositeLoops.open()
  const { pool } = loops.database
  const settings = { ...RARE, minIntervalMs: 0 }
  const scopes = ['pipeline', 'region=EU']
  await loops.make('former', settings, { scopes }).finish(performance.now() + 60_000)
  await pool.query(
    "insert into mp_composite_rules (fingerprint, rules) select 'rules ' || n, '{}' from generate_series(1, 1500) n",
  )
  const calculate = async (scope: string) => {
    if (scope === 'pipeline') return scored('1')
    throw new Error('not this one')
  }
  const later = loops.make('later', settings, { revision: 2, scopes, calculate })
  later.count(RARE.eventThreshold)
  await later.handOver(performance.now() + 60_000)
  const { rows } = await pool.query<{ fingerprint: string; scope: string | null }>(
    'select r.fingerprint, c.scope from mp_composite_rules r left join mp_composite c on c.rules = r.fingerprint order by number',
  )
  expect(rows.map(({ scope }) => scope)).toEqual(['region=EU', ...Array(999).fill(null), 'pipeline'])
  expect(rows[1]?.fingerprint).toBe('rules 502')
})

describe.concurrent('a worker of a rollout', () => {
  const FRESH: CompositeSettings = { ...HYBRID, maxStaleMs: 3_600_000, eventThreshold: 1 }

  test('with older rules leaves alone what newer ones have given, and says so once', async () => {
    await using loops = await CompositeLoops.open()
    const { log, lines } = captureLog()
    const [older] = loops.start(1, FRESH, { log })
    await commits(loops, 1)
    const newer = loops.make('newer', FRESH, { revision: 2, calculate: () => Promise.resolve(scored('2')) })
    await newer.finish(performance.now() + 60_000)
    await loops.keepAlive('newer')
    const flow = setInterval(() => older?.count(1), 50)
    await eventually(async () => expect(await loops.outcomes('refused')).toBeGreaterThanOrEqual(3)).finally(() =>
      clearInterval(flow),
    )
    expect((await loops.committed()).at(-1)).toMatchObject({ holder: 'newer' })
    expect(lines.filter((line) => line.includes('newer rules'))).toHaveLength(1)
    await older?.finish(performance.now() + 60_000) // there is nothing that it could leave behind
  })

  test('with older rules takes over again when what newer ones have given is too old', async () => {
    await using loops = await CompositeLoops.open()
    const [older] = loops.start(1, FRESH)
    await commits(loops, 1)
    await loops.make('newer', FRESH, { revision: 2 }).finish(performance.now() + 60_000)
    await loops.keepAlive('newer')
    await loops.database.pool.query("update mp_composite set as_of = as_of - interval '2 hours'")
    const flow = setInterval(() => older?.count(1), 50)
    await eventually(async () => expect((await loops.committed()).at(-1)?.holder).toBe('worker-0')).finally(() =>
      clearInterval(flow),
    )
  })

  test('whose rules were forgotten meanwhile is behind all that are left, and leaves alone what these have given', async () => {
    await using loops = await CompositeLoops.open()
    const { log, lines } = captureLog()
    let isAble = false
    const older = loops.make('older', FRESH, {
      log,
      scopes: ['pipeline', 'region=Old'],
      calculate: async () => {
        if (isAble) return scored('1')
        throw new Error('not yet')
      },
    })
    older.count(1)
    await older.handOver(performance.now() + 60_000) // its rules are noted now, and nothing is done
    isAble = true
    const newer = loops.make('newer', FRESH, { revision: 2, scopes: ['pipeline', 'region=New'] })
    await newer.finish(performance.now() + 60_000)
    await loops.keepAlive('newer')
    await loops.database.pool.query("delete from mp_composite_rules where rules ->> 'revision' = '1'")
    await older.finish(performance.now() + 60_000)
    expect(lines.filter((line) => line.includes('newer rules'))).toHaveLength(1)
    const stands = await loops.database.pool.query('select scope, holder from mp_composite order by scope')
    expect(stands.rows).toEqual([
      { scope: 'pipeline', holder: 'newer' },
      { scope: 'region=New', holder: 'newer' },
      { scope: 'region=Old', holder: 'older' },
    ])
  })

  test('that was taken back takes over as soon as the worker with the newer rules is gone', async () => {
    await using loops = await CompositeLoops.open()
    await loops.make('former', FRESH).finish(performance.now() + 60_000)
    await loops.make('taken back', FRESH, { revision: 2 }).finish(performance.now() + 60_000)
    await loops.make('started again', FRESH).finish(performance.now() + 60_000)
    expect((await loops.committed()).map(({ holder }) => holder)).toEqual(['former', 'taken back', 'started again'])
  })

  test('with older rules leaves scopes alone that only newer ones have, while their worker is there', async () => {
    await using loops = await CompositeLoops.open()
    const { pool } = loops.database
    await loops.make('former', RARE).finish(performance.now() + 60_000)
    const scopes = ['region=New']
    await loops.make('newer', RARE, { revision: 2, scopes }).finish(performance.now() + 60_000)
    await loops.keepAlive('newer')
    const older = loops.make('older', RARE)
    await older.finish(performance.now() + 60_000)
    expect(await loops.committed('region=New')).toHaveLength(1)
    expect((await pool.query('select from mp_composite')).rowCount).toBe(2)
    await pool.query('delete from mp_member')
    await older.finish(performance.now() + 60_000)
    expect(await loops.committed('region=New')).toEqual([])
    expect((await pool.query('select scope from mp_composite')).rows).toEqual([{ scope: 'pipeline' }])
  })

  test('that goes back to former rules while it runs has the newer ones from then on', async () => {
    await using loops = await CompositeLoops.open()
    await loops.keepAlive('changes')
    const stays = loops.make('stays', FRESH, { revision: 2 })
    const changes = loops.make('changes', FRESH)
    for (const revision of [2, 1]) {
      await changes.finish(performance.now() + 60_000)
      changes.adopt(planOf(rulesOf(FRESH, { revision })))
    }
    await changes.finish(performance.now() + 60_000)
    await stays.finish(performance.now() + 60_000)
    expect((await loops.committed()).map(({ holder }) => holder)).toEqual(['changes', 'changes', 'changes'])
  })
})

describe.concurrent('a worker', () => {
  test('says once a minute that the gate cannot be asked, whatever the number of scopes, and how often it did not say so', async () => {
    await using loops = await CompositeLoops.open()
    const { log, lines } = captureLog()
    let now = 0
    const loop = loops.make('cut off', RARE, {
      log,
      clock: { ...systemClock, monotonicMs: () => now },
      scopes: ['first', 'second', 'third'],
    })
    loops.redis.disconnect()
    for (now = 0; now < 120_000; now += 20_000) {
      loop.count(1)
      await loop.handOver(now)
    }
    const warnings = lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 'warn')
    expect(warnings).toEqual([
      expect.objectContaining({ leftOut: 0, reason: expect.stringMatching(/^first: .*closed/) }),
      expect.objectContaining({ leftOut: 8, reason: expect.stringMatching(/^first: .*closed/) }),
    ])
    expect(await loops.outcomes('unreachable')).toBe(18)
  })

  test('that does not get round to its scopes in time, though nothing fails, says so: which, how old, and what helps', async () => {
    await using loops = await CompositeLoops.open()
    const { log, lines } = captureLog()
    const loop = loops.make('slow', { ...RARE, minIntervalMs: 0 }, { log }) // whoever is turned away has seen that it is due
    const goRound = () => loop.finish(performance.now() + 60_000)
    await goRound()
    for (let round = 0; round < 2; round += 1) {
      await loops.redis.hincrby(`${KEY}:gate`, 'last', -2 * RARE.maxStaleMs)
      await goRound()
    }
    expect(await loops.outcomes('committed')).toBe(3)
    const warnings = lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 'warn')
    expect(warnings).toEqual([
      expect.objectContaining({
        scope: 'pipeline',
        maxStaleMs: RARE.maxStaleMs,
        leftOut: 0,
        msg: expect.stringContaining('more workers'),
      }),
    ])
    expect(warnings[0].ageMs).toBeGreaterThanOrEqual(2 * RARE.maxStaleMs)
  })

  test('drops what took longer than its lease, though nobody has replaced it yet', async () => {
    await using loops = await CompositeLoops.open()
    let stoodStillMs = 0
    loops.start(1, RARE, {
      clock: { ...systemClock, monotonicMs: () => performance.now() + stoodStillMs },
      calculate: async (_scope, _asOf, withinMs) => {
        expect(withinMs).toBeLessThanOrEqual(CALCULATION_BUDGET_MS)
        stoodStillMs += stoodStillMs === 0 ? COMPOSITE_LEASE_MS : 0
        return scored('2')
      },
    })
    const [first] = await commits(loops, 1)
    expect(first?.fence).toBe(2)
    expect(await loops.outcomes('lost')).toBe(1)
  })

  test('that is the last of its fleet leaves a result behind, after the shortest interval and not before', async () => {
    await using loops = await CompositeLoops.open()
    const loop = loops.make('last', RARE)
    await loop.finish(performance.now() + 60_000)
    await loop.finish(performance.now() + 60_000)
    const committed = await loops.committed()
    expect(committed).toHaveLength(2)
    expect(Math.min(...gaps(committed))).toBeGreaterThanOrEqual(RARE.minIntervalMs)
  })

  test('that is the last of its fleet waits no longer than it may', async () => {
    await using loops = await CompositeLoops.open()
    const settings = { ...RARE, minIntervalMs: 3_000_000 }
    const loop = loops.make('last', settings)
    await loop.finish(performance.now() + 60_000)
    await loop.finish(performance.now() + 60_000)
    expect(await loops.committed()).toHaveLength(1)
  })

  test('that goes while others stay hands over what it counted, each event once, to each scope, while there is time', async () => {
    await using loops = await CompositeLoops.open()
    const scopes = ['first', 'second']
    const loop = loops.make('goes', RARE, { scopes })
    await loop.finish(performance.now() + 60_000)
    loop.count(60)
    await loop.handOver(performance.now() + 60_000)
    loop.count(1)
    await loop.handOver(performance.now() - 1)
    await loop.handOver(performance.now() + 60_000)
    const told = await Promise.all(scopes.map((scope) => loops.redis.hget(`{cmp:shops:${scope}}:gate`, 'ev')))
    expect(told).toEqual(['61', '61'])
    expect(await loops.outcomes('early')).toBe(4)
  })

  test('that is the last of its fleet begins no calculation when there is no time for it, and says so once', async () => {
    await using loops = await CompositeLoops.open()
    const { log, lines } = captureLog()
    let now = 0
    const loop = loops.make('last', RARE, {
      log,
      clock: { ...systemClock, monotonicMs: () => now },
      scopes: ['first', 'second', 'third', 'fourth'],
      calculate: async () => {
        now += 2_000
        return scored('1')
      },
    })
    await loop.finish(3_000)
    const committed = await Promise.all(['first', 'second', 'third', 'fourth'].map((scope) => loops.committed(scope)))
    expect(committed.map(({ length }) => length)).toEqual([1, 1, 0, 0])
    const warnings = lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 'warn')
    expect(warnings).toEqual([expect.objectContaining({ scopes: ['third', 'fourth'] })])
  })
})
