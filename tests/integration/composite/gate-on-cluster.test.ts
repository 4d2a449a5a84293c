import { expect, test } from 'vitest'
import { CompositeGate } from '../../../adapters/redis/composite-gate.ts'
import { connectRedis } from '../../../adapters/redis/redis-client.ts'
import { gateRules } from '../../../core/composite/gate-rules.ts'
import { RedisCluster } from '../../support/redis-cluster.ts'

const RULES = gateRules({ strategy: 'Hybrid', minIntervalMs: 60_000, maxStaleMs: 120_000, eventThreshold: 10 })

/** Enough that each server of three has some. */
const SCOPES = Array.from({ length: 12 }, (_, i) => `region={${i}}`)

test('the gates of a pipeline lie on all servers of a cluster, each with its result on one, and their scripts run there', async () => {
  await using cluster = await RedisCluster.start()
  const redis = await connectRedis(cluster.url, () => undefined)
  using _ = { [Symbol.dispose]: () => redis.disconnect() }
  const gate = new CompositeGate(redis, 'shops:here')
  for (const scope of SCOPES) {
    const ask = (token: string) => gate.begin(scope, { token, events: 1, seed: 0, isLast: false }, RULES)
    expect((await ask('first')).outcome).toEqual({ kind: 'granted', fence: 1 })
    expect((await ask('other')).outcome).toMatchObject({ kind: 'busy' })
    expect(await gate.abort(scope, 'first', { kind: 'refused', waitMs: 0, fence: 4 })).toBe(true)
    expect((await ask('second')).outcome).toEqual({ kind: 'granted', fence: 5 })
    expect(await gate.commit(scope, { token: 'second', fence: 5 }, { value: scope, asOf: 'then' })).toBe(true)
    expect(await ask('third')).toMatchObject({ outcome: { kind: 'early' }, value: scope })
  }
  const gates = await Promise.all(cluster.nodes.map((node) => node.ask((server) => server.keys('{cmp:shops:here:*'))))
  for (const keys of gates) expect(keys.length).toBeGreaterThan(0)
  expect(gates.flat()).toHaveLength(2 * SCOPES.length)
})
