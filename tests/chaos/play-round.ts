import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expectInvariants } from '../support/expect-invariants.ts'
import { OrderProducer } from '../support/order-producer.ts'
import { OwnServer } from '../support/own-server.ts'
import { WorkerFleet } from '../support/worker-fleet.ts'
import { Crew } from './crew.ts'
import { SERVER_FAULTS, WORKER_FAULTS } from './faults.ts'
import type { RoundPlan, Step } from './plan-round.ts'
import type { Scene } from './scene.ts'

export interface Played {
  readonly orders: number
  /** What did not hold. */
  readonly broken?: unknown
  /** Where the workers' logs are, when something did not hold. */
  readonly logs?: string
}

const FAULTS = { ...WORKER_FAULTS, ...SERVER_FAULTS }

const DONE_WITHIN_MS = 180_000

/** A fleet under load and faults, on servers of its own, then the judgement. `tell` hears of each fault as it begins. */
export async function playRound(plan: RoundPlan, tell: (fault: string) => void): Promise<Played> {
  await using postgres = await OwnServer.postgres()
  await using redis = await OwnServer.redis()
  await using fleet = await WorkerFleet.open({
    sharded: { prefix: 'shop', shards: plan.shards },
    servers: { databaseUrl: postgres.url, redisUrl: redis.url },
  })
  await using crew = new Crew(fleet)
  const producer = new OrderProducer(fleet.shops, { seed: plan.seed })
  const { published } = producer
  try {
    const scene: Scene = { fleet, crew, producer, postgres, redis, doubtfulFrom: Number.POSITIVE_INFINITY, poisoned: 0 }
    await Promise.all(Array.from({ length: plan.workers }, () => crew.join()))
    await strikeUnderLoad(scene, plan, tell)
    await producer.publishFrom(Math.max(0, scene.doubtfulFrom))
    await expectInvariants(fleet, { published, deadLetters: scene.poisoned, withinMs: DONE_WITHIN_MS })
    return { orders: published.length }
  } catch (broken) {
    return { orders: published.length, broken, logs: await keepLogs(fleet) }
  }
}

/** Every lane to its end, whatever becomes of the others: nothing may begin after the servers are gone. */
async function strikeUnderLoad(scene: Scene, { lanes }: RoundPlan, tell: (fault: string) => void): Promise<void> {
  await using _flow = scene.producer.flow()
  const ends = await Promise.allSettled(lanes.map((steps) => strike(scene, steps, tell)))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}

async function strike(scene: Scene, steps: readonly Step[], tell: (fault: string) => void): Promise<void> {
  for (const step of steps) {
    await delay(step.pauseMs)
    tell(step.fault)
    await FAULTS[step.fault]?.(scene, step)
  }
}

async function keepLogs({ workers }: WorkerFleet): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'metrics-pipeline-chaos-'))
  await Promise.all(workers.map(({ name, pid, log }) => writeFile(join(folder, `${name}-${pid}.log`), log)))
  return folder
}
