import { randomUUID } from 'node:crypto'
import {
  judgeLease,
  LEASE_MS,
  mayLead,
  RENEW_EVERY_MS,
  RENEW_WITHIN_MS,
  type SeenLease,
} from '../../core/leadership/judge-lease.ts'
import type { KubernetesObject } from '../../core/operator/kubernetes-object.ts'
import { formatInstant } from '../../core/time/instant.ts'
import { systemClock } from '../process/system-clock.ts'
import { wait } from '../process/wait.ts'
import type { Logger } from '../telemetry/create-logger.ts'
import type { KubernetesConnection } from './connection.ts'
import { KubernetesClient, type RequestSeen, type WriteFence } from './kubernetes-client.ts'
import { ConflictError } from './kubernetes-error.ts'
import type { ResourceKind } from './kubernetes-object.ts'

export interface LeaderElectionOptions {
  /** Whose credentials to use. Renewals have a connection of their own, so that nothing is in their way. */
  readonly connection: KubernetesConnection
  readonly namespace: string
  /** Of the Lease. */
  readonly name: string
  /** Whom people see in the Lease, for example the pod's name. What makes it this process's own is added. */
  readonly identity: string
  readonly fieldManager: string
  readonly onRequest?: (seen: RequestSeen) => void
  readonly log: Logger
}

/** `stopped`: asked to, and the Lease was given back. `lost`: another may lead now; what the work has in memory is of no use any more. */
export type ElectionEnd = 'stopped' | 'lost'

interface LeaseSpec {
  readonly holderIdentity?: string
  readonly leaseDurationSeconds?: number
  readonly acquireTime?: string
  readonly renewTime?: string
  readonly leaseTransitions?: number
}

const LEASE: ResourceKind = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
}

/** Two attempts fit into the time in which a renewal has to succeed. */
const REQUEST_MS = 4_000

/** The others look a little more often than the leader renews, and not in step. */
const LOOK_EVERY_MS = { least: 1_000, most: 1_500 }

/** One leader among processes that want to do the same work, by a Lease. */
export class LeaderElection {
  readonly #options: LeaderElectionOptions
  readonly #identity: string
  readonly #client: KubernetesClient
  readonly #connection: KubernetesConnection
  #seen: (SeenLease & { readonly text: string }) | undefined
  #leading = false

  constructor(options: LeaderElectionOptions) {
    this.#options = options
    this.#identity = `${options.identity}_${randomUUID()}`
    this.#connection = options.connection.separate()
    const { fieldManager, onRequest } = options
    this.#client = new KubernetesClient({
      connection: this.#connection,
      fieldManager,
      timeoutMs: REQUEST_MS,
      ...(onRequest === undefined ? {} : { onRequest }),
    })
  }

  get isLeading(): boolean {
    return this.#leading
  }

  /**
   * Waits for its turn, then calls `lead` once. `lead` returns when it was stopped and is done, during which the Lease is kept, or soon after
   * `fence.lost`. Every write it makes has to ask the fence at that moment: see `KubernetesClient.fenced`.
   */
  async run(lead: (fence: WriteFence) => Promise<void>, stop: AbortSignal): Promise<ElectionEnd> {
    try {
      const lease = await this.#win(stop)
      return lease === undefined ? 'stopped' : await this.#keep(lease, lead)
    } finally {
      this.#connection.close()
    }
  }

  /** Undefined when it was stopped before. */
  async #win(stop: AbortSignal): Promise<HeldLease | undefined> {
    while (!stop.aborted) {
      const sentAt = performance.now()
      let waitMs = LOOK_EVERY_MS.least + Math.random() * (LOOK_EVERY_MS.most - LOOK_EVERY_MS.least)
      try {
        const lease = await this.#client.get(LEASE, this.#options.namespace, this.#options.name, stop)
        this.#note(lease)
        const decision = judgeLease(this.#seen, performance.now())
        if (decision.action === 'take') {
          const object = await this.#take(lease)
          this.#options.log.info({ identity: this.#identity, reason: decision.reason }, 'leading')
          return { object, renewedAt: sentAt }
        }
        waitMs = Math.min(waitMs, decision.forMs)
      } catch (error) {
        if (stop.aborted) break
        if (!(error instanceof ConflictError)) this.#options.log.warn({ error }, 'the leader could not be found out') // else another was faster
      }
      await wait(waitMs, stop)
    }
    return undefined
  }

  /** A Lease that looks as before was not renewed, whatever it says about times. */
  #note(lease: KubernetesObject | undefined): void {
    const spec = (lease?.['spec'] ?? {}) as LeaseSpec
    const text = JSON.stringify(spec)
    if (lease === undefined) this.#seen = undefined
    else if (this.#seen?.text !== text) {
      const lastsMs = (spec.leaseDurationSeconds ?? LEASE_MS / 1_000) * 1_000
      this.#seen = { text, holder: spec.holderIdentity ?? '', lastsMs, sinceMs: performance.now() }
    }
  }

  async #take(lease: KubernetesObject | undefined): Promise<KubernetesObject> {
    const { namespace, name } = this.#options
    const before = lease?.['spec'] as LeaseSpec | undefined
    const spec = {
      ...this.#renewed(),
      acquireTime: microTime(),
      leaseTransitions: before === undefined ? 0 : (before.leaseTransitions ?? 0) + 1,
    }
    const metadata = lease?.metadata ?? { namespace, name }
    const object = { apiVersion: LEASE.apiVersion, kind: LEASE.kind, metadata, spec }
    return lease === undefined ? await this.#client.create(LEASE, object) : await this.#client.replace(LEASE, object)
  }

  async #keep(held: HeldLease, lead: (fence: WriteFence) => Promise<void>): Promise<ElectionEnd> {
    const lost = new AbortController()
    const done = new AbortController()
    const mayWrite = () => this.#leading && mayLead(held.renewedAt, performance.now())
    this.#leading = true
    const renewing = this.#renew(held, done.signal).then((kept) => {
      if (kept) return
      this.#leading = false
      lost.abort(new Error('another may lead now'))
    })
    let end: ElectionEnd = 'stopped'
    try {
      await lead({ mayWrite, lost: lost.signal })
    } finally {
      done.abort()
      await renewing
      this.#leading = false
      if (lost.signal.aborted) end = 'lost'
      lost.abort(new Error('done leading')) // for what still runs
      if (end === 'stopped') await this.#giveBack(held)
    }
    return end
  }

  /** Until `done`; or false as soon as the Lease may be another's. */
  async #renew(held: HeldLease, done: AbortSignal): Promise<boolean> {
    while (!done.aborted) {
      const untilMs = held.renewedAt + RENEW_WITHIN_MS
      await wait(Math.min(RENEW_EVERY_MS, untilMs - performance.now()), done)
      const leftMs = untilMs - performance.now()
      if (leftMs <= 0) {
        this.#options.log.error({ identity: this.#identity }, 'the lease was not renewed in time: not leading any more')
        return false
      }
      if (!done.aborted && (await this.#renewOnce(held, leftMs)) === 'taken') {
        this.#options.log.error({ identity: this.#identity }, 'the lease is held by another: not leading any more')
        return false
      }
    }
    return true
  }

  async #renewOnce(held: HeldLease, leftMs: number): Promise<'renewed' | 'failed' | 'taken'> {
    const sentAt = performance.now()
    const spec = { ...(held.object['spec'] as LeaseSpec), ...this.#renewed() }
    try {
      held.object = await this.#client.replace(LEASE, { ...held.object, spec }, AbortSignal.timeout(Math.ceil(leftMs)))
      held.renewedAt = sentAt
      return 'renewed'
    } catch (error) {
      if (error instanceof ConflictError) return await this.#lookAgain(held)
      this.#options.log.warn({ error }, 'the lease could not be renewed')
      return 'failed'
    }
  }

  /** The answer to our own renewal may have been lost. */
  async #lookAgain(held: HeldLease): Promise<'failed' | 'taken'> {
    try {
      const object = await this.#client.get(LEASE, this.#options.namespace, this.#options.name)
      if ((object?.['spec'] as LeaseSpec | undefined)?.holderIdentity !== this.#identity) return 'taken'
      held.object = object!
    } catch (error) {
      this.#options.log.warn({ error }, 'the lease could not be read')
    }
    return 'failed'
  }

  /** So that the next leader need not wait until it expires. */
  async #giveBack(held: HeldLease): Promise<void> {
    const spec = {
      ...(held.object['spec'] as LeaseSpec),
      holderIdentity: '',
      leaseDurationSeconds: 1,
      renewTime: microTime(),
    }
    try {
      await this.#client.replace(LEASE, { ...held.object, spec })
    } catch (error) {
      this.#options.log.warn({ error }, 'the lease could not be given back')
    }
  }

  #renewed(): LeaseSpec {
    return { holderIdentity: this.#identity, leaseDurationSeconds: LEASE_MS / 1_000, renewTime: microTime() }
  }
}

interface HeldLease {
  object: KubernetesObject
  /** When the last successful renewal was sent. */
  renewedAt: number
}

/** With six decimals, as the API server wants it. */
function microTime(): string {
  return formatInstant(systemClock.now())
}
