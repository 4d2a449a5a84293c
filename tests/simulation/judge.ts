import type { StreamEntry } from '../../core/stream/entry.ts'
import type { Database } from './servers/database.ts'
import { withoutParity } from './servers/parity.ts'
import type { World } from './world/world.ts'

/** What a commit says of itself once it is visible. */
export interface Committed {
  /** One life of a worker: it has another number after each start. */
  readonly life: number
  readonly entries: readonly StreamEntry[]
  readonly shards: readonly { readonly shard: number; readonly token: string; readonly inForce: string }[]
}

/** Watches the promises that must hold at every step. */
export class Judge {
  readonly #world: World
  /** By stream and id. */
  readonly #committed = new Set<string>()
  /** By shard and token: whose it is. */
  readonly #granted = new Map<string, number>()
  readonly #greatest = new Map<number, number>()

  constructor(world: World) {
    this.#world = world
  }

  committed({ life, entries, shards }: Committed): void {
    for (const { stream, id } of entries) this.#committed.add(`${stream} ${id}`)
    for (const { shard, token, inForce } of shards) {
      if (token !== inForce)
        this.#world.fail(`a stale owner committed: shard ${shard} under token ${token}, while ${inForce} is in force`)
      else if (this.#granted.get(`${shard} ${token}`) !== life)
        this.#world.fail(`two workers committed for shard ${shard} under token ${token}`)
    }
  }

  /** After every transaction that wrote facts, rows or marks. */
  checkParity(database: Database): void {
    for (const entity of withoutParity(database))
      this.#world.fail(`shop ${entity} has no mark, and its row does not follow its facts`)
  }

  acknowledged(stream: string, id: string): void {
    if (!this.#committed.has(`${stream} ${id}`))
      this.#world.fail(`entry ${id} of ${stream} was acknowledged and is not committed`)
  }

  /** A reading counts against the entries, so only whoever may commit them reads them. */
  readsPending(worker: string, stream: string, isHeld: boolean): void {
    if (!isHeld) this.#world.fail(`${worker} reads pending entries of ${stream}, which it does not hold`)
  }

  trimmed(stream: string, id: string): void {
    if (!this.#committed.has(`${stream} ${id}`))
      this.#world.fail(`entry ${id} of ${stream} was trimmed and is not committed`)
  }

  granted(shard: number, token: number, life: number): void {
    if (token <= (this.#greatest.get(shard) ?? 0)) this.#world.fail(`shard ${shard} has token ${token} twice`)
    this.#greatest.set(shard, token)
    this.#granted.set(`${shard} ${token}`, life)
  }
}
