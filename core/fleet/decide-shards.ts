/** What a worker sees of its fleet at one instant, by the database's clock. */
export interface FleetView {
  readonly self: string
  /** Workers that are alive, whether they hold a shard or not. This one counts in any case. */
  readonly members: readonly string[]
  /** Who holds each shard, by its number; undefined where nobody does, or its lease has run out. */
  readonly owners: readonly (string | undefined)[]
}

export interface ShardDecision {
  /** How many free shards to take, at most. */
  readonly acquire: number
  /** Shards to let go once what is held of them is committed. */
  readonly release: readonly number[]
  readonly reason: 'fair' | 'short' | 'surplus'
}

/**
 * Which shards a worker should take or let go. Shares differ by one at most, and those who hold most already keep the larger ones, so that a
 * newcomer moves as few shards as can be. Workers that see the same fleet come to shares that add up; while they see different ones, the
 * fencing tokens keep every number right.
 */
export function decideShards({ self, members, owners }: FleetView): ShardDecision {
  const own = owners.flatMap((owner, shard) => (owner === self ? [shard] : []))
  const share = shareOf(self, [...new Set([...members, self])], owners)
  if (own.length > share) return { acquire: 0, release: own.slice(share), reason: 'surplus' }
  if (own.length < share) return { acquire: share - own.length, release: [], reason: 'short' }
  return { acquire: 0, release: [], reason: 'fair' }
}

function shareOf(self: string, members: readonly string[], owners: readonly (string | undefined)[]): number {
  const held = new Map(members.map((member) => [member, 0]))
  for (const owner of owners) if (owner !== undefined) held.set(owner, (held.get(owner) ?? 0) + 1)
  const ranked = [...members].sort((a, b) => (held.get(b) ?? 0) - (held.get(a) ?? 0) || (a < b ? -1 : 1))
  const larger = owners.length % members.length
  return Math.floor(owners.length / members.length) + (ranked.indexOf(self) < larger ? 1 : 0)
}

const LOOK_AGAIN_MS = 500
const LOOK_AGAIN_SOON_MS = 100

/** How soon to look at the fleet again: more often while shards are to be had. */
export function lookAgainMs(reason: ShardDecision['reason']): number {
  return reason === 'short' ? LOOK_AGAIN_SOON_MS : LOOK_AGAIN_MS
}
