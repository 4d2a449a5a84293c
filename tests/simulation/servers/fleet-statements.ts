import { ALIVE_MS, type Slice } from '../../../adapters/postgres/member-store.ts'
import type { FleetState, HeldShard } from '../../../core/fleet/fleet-state.ts'
import { LEASE_MS } from '../../../core/fleet/lease.ts'
import type { Database, ShardRow } from './database.ts'
import type { Row } from './row.ts'
import type { Session } from './session.ts'

// The statements by which workers share the shards, and the entities to evaluate.

/** tick-fleet.sql. Passes over shards that somebody has locked. */
export function tickFleet(database: Database, session: Session, self: string, held: readonly HeldShard[]) {
  return (): FleetState => {
    const { world, members, shards } = database
    members.set(self, { heartbeatAt: world.now, readsAt: world.now })
    const states = shards.map(({ committed }) => committed as ShardRow)
    const renewed = new Set<number>()
    for (const { shard, token } of held) {
      const row = shards[shard] as Row<ShardRow>
      if (row.owner !== undefined || String(row.committed?.token) !== token) continue
      session.lock(row)
      row.write({ ...(row.committed as ShardRow), expiresAt: world.now + LEASE_MS })
      renewed.add(shard)
    }
    return {
      members: [...members].flatMap(([name, { readsAt }]) =>
        readsAt !== undefined && readsAt > world.now - ALIVE_MS ? [name] : [],
      ),
      shards: states.map(({ token, owner, expiresAt }, shard) => ({
        token: String(token),
        owner: renewed.has(shard) || expiresAt > world.now ? owner : undefined,
        renewed: renewed.has(shard),
      })),
    }
  }
}

export interface Acquisition {
  readonly self: string
  readonly life: number
  readonly limit: number
  readonly held: readonly HeldShard[]
}

/** acquire-shards.sql. Passes over shards that somebody has locked. */
export function acquireShards(database: Database, session: Session, { self, life, limit, held }: Acquisition) {
  return (): readonly HeldShard[] => {
    const { world, shards, judge } = database
    const acquired: HeldShard[] = []
    for (const [shard, row] of shards.entries()) {
      if (acquired.length === limit) break
      const { owner, expiresAt, token, position } = row.committed as ShardRow
      const isFree = owner === undefined || owner === self || expiresAt <= world.now
      if (!isFree || row.owner !== undefined || held.some((each) => each.shard === shard)) continue
      session.lock(row)
      row.write({ owner: self, token: token + 1, expiresAt: world.now + LEASE_MS, position })
      acquired.push({ shard, token: String(token + 1) })
      judge.granted(shard, token + 1, life)
    }
    return acquired
  }
}

/** release-shards.sql. */
export function* releaseShards(database: Database, session: Session, shards: readonly HeldShard[]) {
  for (const { shard, token } of shards) {
    const row = database.shards[shard] as Row<ShardRow>
    const isMine = () => String(row.seenBy(session)?.token) === token
    if (!isMine()) continue
    while (!session.lock(row)) yield
    if (isMine()) row.write({ ...(row.seenBy(session) as ShardRow), owner: undefined, expiresAt: 0 })
  }
}

/** leave-fleet.sql. */
export function leaveFleet({ members }: Database, self: string) {
  return (): void => {
    const member = members.get(self)
    if (member !== undefined) members.set(self, { ...member, readsAt: undefined })
  }
}

/** beat.sql. */
export function beat({ world, members }: Database, self: string) {
  return (): Slice => {
    members.set(self, { readsAt: members.get(self)?.readsAt, heartbeatAt: world.now })
    const alive = [...members].filter(([, { heartbeatAt }]) => heartbeatAt > world.now - ALIVE_MS)
    return { slices: alive.length, slice: alive.filter(([name]) => name < self).length }
  }
}

/** What a worker does last: it leaves the list. */
export function leaveMembers({ members }: Database, self: string) {
  return (): void => void members.delete(self)
}
