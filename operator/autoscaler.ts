import type { OperatorMetrics } from '../adapters/telemetry/operator-metrics.ts'
import { decideReplicas } from '../core/autoscaling/decide-replicas.ts'
import { EMPTY_MEMORY, inheritMemory, type ScalingMemory } from '../core/autoscaling/scaling-memory.ts'
import { workersOf } from '../core/operator/fleet-size.ts'
import type { KubernetesObject } from '../core/operator/kubernetes-object.ts'
import type { Scaling } from '../core/operator/observation.ts'
import { ownObjects } from '../core/operator/own-objects.ts'
import { rankRevisions } from '../core/operator/revisions.ts'
import { scalingInput } from '../core/operator/scaling-input.ts'
import type { AutoscalingStatus } from '../core/operator/status.ts'
import { tellScaling } from '../core/operator/tell-scaling.ts'
import type { Clock } from '../core/time/clock.ts'
import { MICROS_PER_MILLISECOND, parseInstant } from '../core/time/instant.ts'
import type { ClusterView } from './cluster-view.ts'
import { ownerOf, readPlans, statusOfObject } from './read-plan.ts'
import { type Known, Sighting } from './sighting.ts'
import type { SignalWatch } from './signal-watch.ts'
import { keyText } from './work-key.ts'

export interface AutoscalerOptions {
  readonly view: Pick<ClusterView, 'objectsOf' | 'podsOf'>
  readonly signals: Pick<SignalWatch, 'known'>
  readonly image: string
  readonly clock: Clock
  readonly metrics: Pick<OperatorMetrics, 'scalingDecisions'>
}

interface Decided {
  readonly latest: Scaling
  /** That people are told of. */
  readonly told: Scaling
  readonly seen: Seen
  readonly atMs: number
}

/** What a decision was made on, as far as a change of it calls for another one at once. */
interface Seen {
  readonly object: KubernetesObject
  readonly deployment: KubernetesObject | undefined
  readonly known: Known
}

/** Time alone changes a decision too, but not from one second to the next; and most of a thousand pipelines say the same again and again. */
const DECIDED_AGAIN_MS = 5_000

/**
 * Decides after each look of an exporter how many workers each pipeline should have, and remembers what the next decision builds on. It
 * writes nothing: a reconcile carries out what was decided last.
 */
export class Autoscaler {
  readonly #options: AutoscalerOptions
  /** By `keyText`. */
  readonly #known = new Map<string, Decided>()
  /** The wall clock may step, and a fleet should not shrink because of it. */
  readonly #startedAtMs: number

  constructor(options: AutoscalerOptions) {
    this.#options = options
    const { clock } = options
    this.#startedAtMs = clock.now() / MICROS_PER_MILLISECOND - clock.monotonicMs()
  }

  /** What was decided last, but for a short silence; undefined where the mode leaves it to others, be it since a moment ago, or nobody has looked yet. */
  of(object: KubernetesObject): Scaling | undefined {
    return followsBacklog(object) ? this.#decidedOn(object)?.told : undefined
  }

  /** Of who leaves the number to others since a moment ago it has yet to forget. */
  hasDecided({ metadata: { namespace = '', name } }: KubernetesObject): boolean {
    return this.#known.has(keyText({ namespace, pipeline: name }))
  }

  forget(namespace: string, pipeline: string): void {
    this.#known.delete(keyText({ namespace, pipeline }))
  }

  /** Whether there is something else to do or to tell than before. */
  decide(object: KubernetesObject): boolean {
    const { namespace = '', name } = object.metadata
    const key = keyText({ namespace, pipeline: name })
    const before = this.#decidedOn(object)
    const { view, signals, clock, metrics } = this.#options
    const deployment = workersOf(view.objectsOf({ namespace, pipeline: name }))
    const seen = { object, deployment, known: signals.known(namespace, name) }
    const atMs = clock.monotonicMs()
    if (before !== undefined && isSettled(before, seen, atMs)) return false
    const latest = followsBacklog(object)
      ? this.#decide(object, before?.latest.memory ?? handedDown(object))
      : undefined
    if (latest === undefined) return this.#known.delete(key)
    const told = tellScaling(before?.told, latest)
    this.#known.set(key, { latest, told, seen, atMs })
    metrics.scalingDecisions.inc({ reason: latest.decision.reason })
    return isNews(before?.told, told)
  }

  /** Of this very object: one that was deleted and made anew begins anew. */
  #decidedOn({ metadata: { namespace = '', name, uid } }: KubernetesObject): Decided | undefined {
    const known = this.#known.get(keyText({ namespace, pipeline: name }))
    return known?.seen.object.metadata.uid === uid ? known : undefined
  }

  #decide(object: KubernetesObject, memory: ScalingMemory): Scaling | undefined {
    const { view, signals, image, clock } = this.#options
    const { namespace = '', name } = object.metadata
    const key = { namespace, pipeline: name }
    const owned = ownObjects(view.objectsOf(key), ownerOf(object))
    const { inForce } = readPlans(object, rankRevisions(owned).current, image)
    if (inForce === undefined) return undefined
    const known = signals.known(namespace, name)
    const seen = { owned, pods: view.podsOf(key), signals: known.signals, exporterTrouble: known.trouble }
    const decided = decideReplicas(scalingInput(inForce, seen, memory, this.#startedAtMs + clock.monotonicMs()))
    return decided.decision === undefined ? undefined : { decision: decided.decision, memory: decided.memory }
  }
}

function isSettled({ seen: before, atMs }: Decided, now: Seen, nowMs: number): boolean {
  if (before.object !== now.object || before.deployment !== now.deployment) return false
  return before.known === now.known && now.known instanceof Sighting && nowMs - atMs < DECIDED_AGAIN_MS
}

/** Without reading the whole object: most of what is asked here is asked every second. */
function followsBacklog({ spec }: KubernetesObject): boolean {
  const { workers } = (spec ?? {}) as { workers?: { scaling?: { mode?: unknown } } }
  const { mode = 'Internal' } = workers?.scaling ?? {}
  return mode === 'Internal' || mode === 'Advisory'
}

function isNews(before: Scaling | undefined, { decision, memory }: Scaling): boolean {
  if (before === undefined) return true
  const { replicas, wanted, reason } = before.decision
  const isPutBack = before.memory.contest?.isLeft === true && memory.contest?.isLeft !== true
  return isPutBack || replicas !== decision.replicas || wanted !== decision.wanted || reason !== decision.reason
}

/** What an operator before this one has written down. */
function handedDown(object: KubernetesObject): ScalingMemory {
  const { autoscaling } = statusOfObject(object) ?? {}
  if (autoscaling === undefined) return EMPTY_MEMORY
  const { capacityPerWorker, lastScaleAt } = autoscaling satisfies AutoscalingStatus
  return inheritMemory({ capacityPerWorker, lastScaleAtMs: millis(lastScaleAt) })
}

function millis(text: string | undefined): number | undefined {
  const parsed = parseInstant(text ?? '')
  return 'instant' in parsed ? parsed.instant / MICROS_PER_MILLISECOND : undefined
}
