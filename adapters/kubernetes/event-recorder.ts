import { randomBytes } from 'node:crypto'
import type { KubernetesObject } from '../../core/operator/kubernetes-object.ts'
import { hasEnded, judgeOccurrence, type Series } from '../../core/series/judge-occurrence.ts'
import { formatInstant } from '../../core/time/instant.ts'
import { type BucketSize, fullBucket, type TokenBucket, takeToken } from '../../core/time/token-bucket.ts'
import { systemClock } from '../process/system-clock.ts'
import type { Logger } from '../telemetry/create-logger.ts'
import type { KubernetesClient } from './kubernetes-client.ts'
import type { ResourceKind } from './kubernetes-object.ts'

/** What happened to an object, as `kubectl describe` shows it. */
export interface Occurrence {
  readonly type: 'Normal' | 'Warning'
  /** One word, for machines: `ScaledUp`. */
  readonly reason: string
  /** What was being done: `Scale`. */
  readonly action: string
  /** For people. Cut when it is too long. */
  readonly note: string
}

export interface EventRecorderOptions {
  readonly client: KubernetesClient
  /** Who tells, as a domain name with a path: `metricspipelines.io/operator`. */
  readonly controller: string
  /** Which process of it. */
  readonly instance: string
  readonly log: Logger
}

/** An occurrence that is told of, in a series if it repeats. */
interface Told {
  readonly object: KubernetesObject
  series: Series
}

const EVENT: ResourceKind = { apiVersion: 'events.k8s.io/v1', kind: 'Event', plural: 'events', namespaced: true }

const NOTE_BYTES = 1_024
const ELLIPSIS = '…'

/** One object that is in trouble does not fill the event log, nor our share of requests. What happens to it otherwise is told all the same. */
const PER_REASON: BucketSize = { perSecond: 1 / 60, burst: 10 }

/** Above that the API server cannot keep up, and what is told late is told in vain. */
const WAITING_AT_MOST = 200

/**
 * Tells what happened to objects, by events of their own API. The same again is counted, not repeated. Telling never fails and is never waited
 * for: an event that cannot be written is lost.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions
  readonly #told = new Map<string, Told>()
  readonly #buckets = new Map<string, TokenBucket>()
  #waiting = 0
  #writes: Promise<void> = Promise.resolve()

  constructor(options: EventRecorderOptions) {
    this.#options = options
  }

  /** `regarding` needs its uid, or `kubectl describe` does not find the event. */
  record(regarding: KubernetesObject, occurrence: Occurrence): void {
    const now = performance.now()
    this.#forgetEnded(now)
    const key = JSON.stringify([regarding.metadata.uid, ...Object.values(cut(occurrence))])
    const known = this.#told.get(key)
    const { telling, series } = judgeOccurrence(known?.series, now)
    if (known !== undefined && telling !== 'first') known.series = series
    if (
      telling === 'count-only' ||
      this.#waiting >= WAITING_AT_MOST ||
      !this.#mayTell(regarding, occurrence.reason, now)
    )
      return

    const told = telling === 'first' || known === undefined ? this.#first(regarding, cut(occurrence), series) : known
    this.#told.set(key, told)
    this.#write(told)
  }

  /** Resolves when all that was recorded is written, or lost. */
  async flush(): Promise<void> {
    await this.#writes
  }

  #first({ apiVersion, kind, metadata }: KubernetesObject, occurrence: Occurrence, series: Series): Told {
    const { name, namespace, uid, resourceVersion } = metadata
    const object = {
      apiVersion: EVENT.apiVersion,
      kind: EVENT.kind,
      metadata: { name: `${name}.${randomBytes(8).toString('hex')}`, namespace: namespace ?? 'default' },
      eventTime: formatInstant(systemClock.now()),
      reportingController: this.#options.controller,
      reportingInstance: this.#options.instance,
      regarding: { apiVersion, kind, name, namespace, uid, resourceVersion },
      ...occurrence,
    }
    return { object, series }
  }

  /** One after the other, so that a series grows in order. */
  #write(told: Told): void {
    this.#waiting += 1
    const { count } = told.series
    const series = count === 1 ? {} : { series: { count, lastObservedTime: formatInstant(systemClock.now()) } }
    this.#writes = this.#writes.then(async () => {
      try {
        await this.#options.client.apply(EVENT, { ...told.object, ...series })
      } catch (error) {
        this.#options.log.debug({ error }, 'an event could not be written')
      }
      this.#waiting -= 1
    })
  }

  #mayTell({ metadata }: KubernetesObject, reason: string, now: number): boolean {
    const id = `${metadata.uid} ${reason}`
    const { bucket, waitMs } = takeToken(this.#buckets.get(id) ?? fullBucket(PER_REASON, now), PER_REASON, now)
    if (waitMs > 0) return false
    this.#buckets.set(id, bucket)
    return true
  }

  #forgetEnded(now: number): void {
    for (const [key, { series }] of this.#told) if (hasEnded(series, now)) this.#told.delete(key)
    for (const [id, { tokens, atMs }] of this.#buckets)
      if (tokens + ((now - atMs) / 1_000) * PER_REASON.perSecond >= PER_REASON.burst) this.#buckets.delete(id) // as good as new
  }
}

/** To what the API server takes, between two characters. */
function cut(occurrence: Occurrence): Occurrence {
  if (Buffer.byteLength(occurrence.note) <= NOTE_BYTES) return occurrence
  const room = Buffer.from(occurrence.note).subarray(0, NOTE_BYTES - Buffer.byteLength(ELLIPSIS))
  const note = new TextDecoder().decode(room, { stream: true }) // less a character of which only a part is left
  return { ...occurrence, note: `${note}${ELLIPSIS}` }
}
