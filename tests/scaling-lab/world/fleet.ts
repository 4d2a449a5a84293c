import { decideShards } from '../../../core/fleet/decide-shards.ts'

/** A worker's pod, from the moment it is asked for. */
export interface Pod {
  readonly name: string
  readonly readyAt: number
  /** Undefined while it is wanted. From then on it hands over what it has. */
  goneAt: number | undefined
  /** Since its start: seconds in which it had something under way, and entries that it got done. */
  busySeconds: number
  entriesDone: number
  /** What its meter knows of full batches. */
  fullMs: number | undefined
}

/** How long a shard stands still while it goes from one worker to another. */
export const TAKE_OVER_SECONDS = 1

/** How long a pod needs to finish its batch and go. */
const LEAVING_SECONDS = 2

/** Pods that start late, and the shards that go from hand to hand as they come and go. */
export class Fleet {
  readonly owners: (string | undefined)[]
  /** Until when each shard stands still. */
  readonly #stillUntil: number[]
  readonly #startSeconds: () => number
  #pods: Pod[] = []
  #started = 0
  #members: readonly string[] = []

  constructor(shards: number, startSeconds: () => number) {
    this.owners = Array.from({ length: shards }, () => undefined)
    this.#stillUntil = this.owners.map(() => 0)
    this.#startSeconds = startSeconds
  }

  /** Pods that cost something, those that start and those that leave included. */
  get pods(): readonly Pod[] {
    return this.#pods
  }

  ready(now: number): readonly Pod[] {
    return this.#pods.filter(({ readyAt, goneAt }) => readyAt <= now && goneAt === undefined)
  }

  /** Begins with so many pods that are ready. */
  begin(replicas: number): void {
    for (let i = 0; i < replicas; i += 1) this.#pods.push(this.#newPod(0))
    this.#share(0)
  }

  /** As a ReplicaSet does it: of those too many, pods that are not ready yet go first, then the youngest. */
  scaleTo(replicas: number, now: number): void {
    const wanted = this.#pods.filter(({ goneAt }) => goneAt === undefined)
    for (let i = wanted.length; i < replicas; i += 1) this.#pods.push(this.#newPod(now + this.#startSeconds()))
    const surplus = [...wanted].sort((a, b) => b.readyAt - a.readyAt).slice(0, Math.max(0, wanted.length - replicas))
    for (const pod of surplus) pod.goneAt = pod.readyAt > now ? now : now + LEAVING_SECONDS
  }

  /** Who is gone goes, who is ready takes its share. */
  step(now: number): void {
    this.#pods = this.#pods.filter(({ goneAt }) => goneAt === undefined || goneAt > now)
    this.#share(now)
  }

  /** The shards that a pod may work on at this second. */
  shardsOf({ name }: Pod, now: number): readonly number[] {
    return this.owners.flatMap((owner, shard) =>
      owner === name && (this.#stillUntil[shard] ?? 0) <= now ? [shard] : [],
    )
  }

  #newPod(readyAt: number): Pod {
    this.#started += 1
    return {
      name: `worker-${this.#started}`,
      readyAt,
      goneAt: undefined,
      busySeconds: 0,
      entriesDone: 0,
      fullMs: undefined,
    }
  }

  #share(now: number): void {
    const members = this.ready(now).map(({ name }) => name)
    if (members.length === this.#members.length && members.every((name, i) => name === this.#members[i])) return
    this.#members = members
    this.owners.forEach((owner, shard) => {
      if (owner !== undefined && !members.includes(owner)) this.#letGo(shard, now)
    })
    for (const self of members) {
      for (const shard of decideShards({ self, members, owners: this.owners }).release) this.#letGo(shard, now)
    }
    for (const self of members) {
      const { acquire } = decideShards({ self, members, owners: this.owners })
      this.#free()
        .slice(0, acquire)
        .forEach((shard) => {
          this.owners[shard] = self
        })
    }
  }

  #letGo(shard: number, now: number): void {
    this.owners[shard] = undefined
    this.#stillUntil[shard] = now + TAKE_OVER_SECONDS
  }

  #free(): readonly number[] {
    return this.owners.flatMap((owner, shard) => (owner === undefined ? [shard] : []))
  }
}
