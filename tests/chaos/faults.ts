import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'vitest'
import { eventually } from '../support/eventually.ts'
import type { Member } from './crew.ts'
import type { Step } from './plan-round.ts'
import type { Scene } from './scene.ts'

/** Begins, lasts and ends; leaves everything as it was, but for what workers have to put right. */
export type Fault = (scene: Scene, step: Step) => Promise<void>

type Faults = Readonly<Record<string, Fault>>

const MOST_WORKERS = 4

const LATE_MS = 2_000

/** More than arrive in the two seconds that Redis may be behind with its file. */
const UNCERTAIN_ORDERS = 1_500

/** Few, for what is published once more makes up for its loss. */
const REPEATED_ORDERS = 200

/** A fleet under two other faults may need long to get to an entry. */
const PATIENCE_MS = 120_000

/** Done to one worker, which is one like any other afterwards. */
function toOne(work: (member: Member, wait: () => Promise<void>) => Promise<unknown> | unknown): Fault {
  return async ({ crew }, { lastsMs, victim }) => {
    const member = crew.take(victim)
    if (member === undefined) return
    await work(member, () => delay(lastsMs))
    crew.giveBack(member)
  }
}

/** Done to one worker, which is no more afterwards. */
function endsOne(work: (member: Member, scene: Scene) => Promise<unknown>): Fault {
  return async (scene, { victim }) => {
    const member = scene.crew.take(victim)
    if (member !== undefined) await work(member, scene)
  }
}

export const WORKER_FAULTS: Faults = {
  'a worker is killed and comes back under its name': endsOne(async ({ worker }, { crew }) => {
    await worker.kill()
    await crew.join(worker.name)
  }),
  'a worker is killed, and another one comes': endsOne(async ({ worker }, { crew }) => {
    await worker.kill()
    await crew.join()
  }),
  'a worker is told to stop': endsOne(async ({ worker }, { crew }) => {
    await worker.stop()
    if (crew.free === 0) await crew.join()
  }),
  'a worker joins': async ({ crew }) => {
    if (crew.free < MOST_WORKERS) await crew.join()
  },
  'a worker is frozen for a while': toOne(async ({ worker }, wait) => {
    worker.freeze()
    await wait()
    worker.thaw()
  }),
  'a worker is cut off from PostgreSQL': toOne(async ({ toPostgres }, wait) => {
    toPostgres.stall()
    await wait()
    toPostgres.restore()
  }),
  'a worker is cut off from Redis': toOne(async ({ toRedis }, wait) => {
    toRedis.stall()
    await wait()
    toRedis.restore()
  }),
  'a worker hears Redis, and is not heard by it': toOne(async ({ toRedis }, wait) => {
    toRedis.stall(['requests'])
    await wait()
    toRedis.restore()
  }),
  'a worker hears both servers late': toOne(async ({ toPostgres, toRedis }, wait) => {
    for (const way of [toPostgres, toRedis]) way.slowDown(LATE_MS)
    await wait()
    for (const way of [toPostgres, toRedis]) way.slowDown(0)
  }),
  "a worker's connections end": toOne(({ toPostgres, toRedis }) => {
    for (const way of [toPostgres, toRedis]) way.interrupt()
  }),
  'a worker loses an answer with entries': toOne(async ({ toRedis }, wait) => {
    void toRedis.swallow('order-')
    await wait()
  }),
  'Redis is replaced without a word to one worker': toOne(({ toRedis }) => toRedis.abandon()),
}

export const SERVER_FAULTS: Faults = {
  'Redis is killed and starts again': async (scene, { lastsMs }) => {
    await scene.redis.kill()
    scene.doubtfulFrom = Math.min(scene.doubtfulFrom, scene.producer.published.length - UNCERTAIN_ORDERS)
    await delay(lastsMs / 2)
    await scene.redis.startAgain()
  },
  'Redis hangs': async ({ redis }, { lastsMs }) => {
    redis.freeze()
    await delay(lastsMs)
    redis.thaw()
  },
  'Redis ends all connections': async ({ fleet: { shops } }) => {
    await shops.redis.call('CLIENT', 'KILL', 'TYPE', 'normal')
  },
  'Redis loses its consumer groups': async ({ fleet: { shops } }) => {
    const { consumerGroup, streams } = shops.pipeline.settings
    for (const stream of streams) await shops.redis.xgroup('DESTROY', stream, consumerGroup)
  },
  'PostgreSQL is stopped in good order and starts again': async ({ postgres }, { lastsMs }) => {
    await postgres.stop()
    await delay(lastsMs / 2)
    await postgres.startAgain()
  },
  'PostgreSQL stops at once and starts again': async ({ postgres }) => {
    await postgres.kill('SIGQUIT')
    await postgres.startAgain()
  },
  'PostgreSQL ends all sessions': async ({ fleet }) => {
    await eventually(() => fleet.shops.endSessions())
  },
  'the last orders are published once more': ({ producer }) =>
    producer.publishFrom(Math.max(0, producer.published.length - REPEATED_ORDERS)),
  'an entry comes that nobody can read': async (scene) => {
    const { shops } = scene.fleet
    const id = await shops.add(shops.pipeline.settings.streams[0] as string, ['type', 'order', 'data', '{"shop":'])
    scene.poisoned += 1
    const isSetAside = async () => expect((await shops.letters()).map((letter) => letter.entry_id)).toContain(id)
    await eventually(isSetAside, { withinMs: PATIENCE_MS })
  },
}
