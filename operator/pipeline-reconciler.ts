import type { EventRecorder } from '../adapters/kubernetes/event-recorder.ts'
import type { KubernetesClient } from '../adapters/kubernetes/kubernetes-client.ts'
import type { KubernetesError } from '../adapters/kubernetes/kubernetes-error.ts'
import type { Logger } from '../adapters/telemetry/create-logger.ts'
import type { OperatorMetrics } from '../adapters/telemetry/operator-metrics.ts'
import { decidePipeline } from '../core/operator/decide-pipeline.ts'
import { judgeOwnership } from '../core/operator/judge-ownership.ts'
import { type KubernetesObject, objectKey } from '../core/operator/kubernetes-object.ts'
import { AUTOSCALER } from '../core/operator/objects/worker-scale.ts'
import type { Observation, OperatorIdentity } from '../core/operator/observation.ts'
import { ownObjects } from '../core/operator/own-objects.ts'
import { rankRevisions } from '../core/operator/revisions.ts'
import type { PipelineStatus } from '../core/operator/status.ts'
import { statusChange } from '../core/operator/status-change.ts'
import type { Clock } from '../core/time/clock.ts'
import { formatInstant } from '../core/time/instant.ts'
import { applyDesired, applyScale, type Observed, removeObjects } from './apply-objects.ts'
import type { Autoscaler } from './autoscaler.ts'
import type { ClusterView } from './cluster-view.ts'
import { PIPELINE_KIND } from './kinds.ts'
import { ownerOf, readPlans, statusOfObject } from './read-plan.ts'
import type { SignalWatch } from './signal-watch.ts'
import { keyText } from './work-key.ts'

export interface PipelineReconcilerOptions {
  readonly client: KubernetesClient
  readonly view: ClusterView
  readonly signals: SignalWatch
  readonly autoscaler: Autoscaler
  readonly events: EventRecorder
  readonly operator: OperatorIdentity
  readonly clock: Clock
  readonly metrics: Pick<OperatorMetrics, 'scalings'>
  readonly log: Logger
}

/** Numbers that always move are written down this often. */
const VOLATILE_STATUS_MS = 30_000

/** Makes the cluster match one pipeline object. Told which one, never what changed, so it may run at any time. */
export class PipelineReconciler {
  readonly #options: PipelineReconcilerOptions
  /** When the status was written last, by `keyText`. */
  readonly #statusAt = new Map<string, number>()

  constructor(options: PipelineReconcilerOptions) {
    this.#options = options
  }

  /** In how many milliseconds to look again though nothing changes; undefined for never. */
  async reconcile(namespace: string, name: string): Promise<number | undefined> {
    const { client, view, clock, autoscaler } = this.#options
    const object = view.pipeline(namespace, name)
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) {
      this.#statusAt.delete(keyText({ namespace, pipeline: name }))
      autoscaler.forget(namespace, name)
      return undefined // its objects go with it
    }

    // a number that somebody else wrote is put back in this pass, before another look could see it
    if (autoscaler.hasDecided(object)) autoscaler.decide(object)
    const labelled = view.objectsOf({ namespace, pipeline: name })
    const owner = ownerOf(object)
    const own = ownObjects(labelled, owner)
    const former = labelled.filter((each) => judgeOwnership(each, [owner]) === 'former')
    await removeObjects(client, former) // the collector would get to them too, and until then they are in the way

    const seen = this.#observe(object, own)
    const now = formatInstant(clock.now())
    const first = decidePipeline(seen, name, now)
    const observed: Observed = new Map(own.map((each) => [objectKey(each), each]))
    const unscaled = await this.#scale(first.scale, observed)
    const { taken, refusals: unapplied } = await applyDesired(client, first.apply, observed, [owner])
    const refusals = [...unscaled, ...unapplied]
    const refused = refusals.map(({ message }) => message)
    const decision =
      [...taken, ...refused].length === 0 ? first : decidePipeline({ ...seen, taken, refused }, name, now)
    await removeObjects(client, decision.remove)
    for (const event of decision.events) this.#options.events.record(object, { ...event, action: 'Reconcile' })
    const waitMs = await this.#writeStatus(object, decision.status)
    if (refusals[0] !== undefined) throw refusals[0] // to try again, later each time
    return soonest(decision.againMs, waitMs)
  }

  /**
   * Before all else of the Deployment is written: what that no longer says is the autoscaler's own by then. A new Deployment begins with the
   * right number, and gets it as the autoscaler's in the pass that sees it.
   */
  async #scale(scale: KubernetesObject | undefined, observed: Observed): Promise<readonly KubernetesError[]> {
    const there = scale === undefined ? undefined : observed.get(objectKey(scale))
    if (scale === undefined || there === undefined) return []
    const { client, metrics } = this.#options
    const refusals = await applyScale(client.as(AUTOSCALER), scale, there)
    const [from = 0, to = 0] = [replicasOf(there), replicasOf(scale)]
    if (refusals.length === 0 && from !== to) metrics.scalings.inc({ direction: from < to ? 'up' : 'down' })
    return refusals
  }

  #observe(object: KubernetesObject, own: readonly KubernetesObject[]): Observation {
    const { view, signals, autoscaler, operator } = this.#options
    const { namespace = '', name } = object.metadata
    const { current } = rankRevisions(own)
    const told = signals.told(namespace, name)
    return {
      generation: object.metadata.generation ?? 0,
      ...readPlans(object, current, operator.image),
      owned: own,
      pods: view.podsOf({ namespace, pipeline: name }),
      signals: told.signals,
      exporterTrouble: told.trouble,
      scaling: autoscaler.of(object),
      taken: [],
      refused: [],
      previous: statusOfObject(object),
      hasServiceMonitors: view.hasServiceMonitors,
      operator,
    }
  }

  async #writeStatus(object: KubernetesObject, status: PipelineStatus): Promise<number | undefined> {
    const { client, clock } = this.#options
    const { name, namespace = '' } = object.metadata
    const key = keyText({ namespace, pipeline: name })
    const change = statusChange(statusOfObject(object), status)
    if (change === 'none') return undefined
    const now = clock.monotonicMs()
    const writtenAt = this.#statusAt.get(key) ?? now // by an operator before this one, perhaps just now
    this.#statusAt.set(key, writtenAt)
    const waitMs = writtenAt + VOLATILE_STATUS_MS - now
    if (change === 'volatile' && waitMs > 0) return waitMs
    await client.replaceStatus(PIPELINE_KIND, object.metadata, status) // one that is there no longer has a watch that tells of it
    this.#statusAt.set(key, clock.monotonicMs())
    return undefined
  }
}

function replicasOf(deployment: KubernetesObject): number | undefined {
  return (deployment['spec'] as { replicas?: number }).replicas
}

function soonest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b)
}
