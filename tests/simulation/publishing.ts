import { encodeEvent } from '../../adapters/redis/event-producer.ts'
import type { MetricSet } from '../../core/metric-sets/metric-set.ts'
import { createShardRouter, createStreamRouter, type Router } from '../../core/shards/create-router.ts'
import { type Plan, PREFIX } from './plan.ts'
import type { Redis } from './servers/redis.ts'
import { makeEvents, type ShopEvent, toOutgoing } from './shops/shop-events.ts'
import type { Timetable } from './world/timetable.ts'
import type { World } from './world/world.ts'

/** An event as it was published, possibly once more than needed. */
export interface Published {
  readonly event: ShopEvent
  readonly stream: string
  readonly id: string
  readonly fields: readonly string[]
}

/** What producers do: in no order, some of it twice, and some of it to the wrong shard, which must not matter. Gives what will have been published. */
export function planEvents(
  world: World,
  plan: Plan,
  set: MetricSet,
  redis: Redis,
  timetable: Timetable,
): readonly Published[] {
  const { random } = world
  const published: Published[] = []
  const route: Router =
    plan.shards > 0
      ? createShardRouter(set, { prefix: PREFIX, shards: plan.shards })
      : createStreamRouter(set, plan.streams)
  for (const event of makeEvents(random, plan)) {
    const outgoing = toOutgoing(event)
    const fields = encodeEvent(outgoing)
    const times = random.chance(150) ? 2 : 1
    for (let i = 0; i < times; i += 1) {
      const isMisrouted = plan.shards > 0 && random.chance(60)
      const stream = isMisrouted ? random.pick(plan.streams) : (route(outgoing) as string)
      timetable.plan(random.below(plan.busyMs), () => {
        const id = redis.add(stream, fields)
        published.push({ event, stream, id, fields })
        if (world.isTraced)
          world.note('', `published ${stream}#${id.slice(id.indexOf('-') + 1)}: ${JSON.stringify(event)}`)
      })
    }
  }
  return published
}
