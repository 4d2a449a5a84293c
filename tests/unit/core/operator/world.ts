import { parsePipeline } from '../../../../adapters/manifest/parse-pipeline.ts'
import { UNKNOWN_LOAD } from '../../../../core/load/unknown-load.ts'
import { decidePipeline, type PipelineDecision } from '../../../../core/operator/decide-pipeline.ts'
import type { DesiredPipeline } from '../../../../core/operator/desired-pipeline.ts'
import { type KubernetesObject, objectKey } from '../../../../core/operator/kubernetes-object.ts'
import type { Observation, OperatorIdentity, Scaling } from '../../../../core/operator/observation.ts'
import { rankRevisions } from '../../../../core/operator/revisions.ts'
import type { Condition, ConditionType } from '../../../../core/operator/status.ts'
import type { PipelineSpec } from '../../../../core/pipeline/spec.ts'
import { EMPTY_DATABASE } from '../../../../core/signals/empty-database.ts'
import type { DatabaseSignals, PipelineSignals, SourceSignals } from '../../../../core/signals/pipeline-signals.ts'
import { PIPELINE } from '../../adapters/manifest/pipeline-text.ts'

export const NOW = '2026-03-01T12:00:00.000Z'
export const OWNER = { name: 'flights', namespace: 'team', uid: 'uid-1' }

export const SPEC: PipelineSpec = withConnections(specOf(PIPELINE))

function specOf(text: string): PipelineSpec {
  const parsed = parsePipeline(text, 'flights.yaml')
  if ('problems' in parsed) throw new Error(parsed.problems.join('\n'))
  return parsed.pipeline.spec
}

function withConnections(spec: PipelineSpec): PipelineSpec {
  const connection = (name: string) => ({ connection: { secretKeyRef: { name, key: 'url' } } })
  return {
    ...spec,
    source: { redisStreams: { ...spec.source.redisStreams, ...connection('redis') } },
    database: { ...spec.database, ...connection('postgres') },
    workers: { ...spec.workers, scaling: { ...spec.workers.scaling, mode: 'Off' } },
  }
}

export function desired(change: Partial<PipelineSpec> = {}, image = 'example/metrics:1'): DesiredPipeline {
  return { owner: OWNER, spec: { ...SPEC, ...change }, image }
}

const SOURCE: SourceSignals = {
  backlog: 0,
  backlogIs: 'exact',
  pending: 0,
  oldestEventAgeMs: null,
  isDrained: true,
  streams: [
    {
      stream: 'flights:departures',
      backlog: 0,
      backlogIs: 'exact',
      pending: 0,
      length: 10,
      entriesAdded: 10,
      state: 'ok',
    },
  ],
}

export const DATABASE: DatabaseSignals = {
  ...EMPTY_DATABASE,
  migrated: true,
  revision: 1,
  entities: 3,
  overdueNextChanges: 0,
}

export function signals(source: Partial<SourceSignals> = {}, database: Partial<DatabaseSignals> = {}): PipelineSignals {
  return {
    observedAt: NOW,
    source: { observedAt: NOW, ...SOURCE, ...source },
    database: { observedAt: NOW, ...DATABASE, ...database },
    load: UNKNOWN_LOAD,
  }
}

/** A cluster's objects in memory, as far as decisions look at them: what is applied is there, and Jobs and Deployments get on as told. */
export class World {
  readonly objects = new Map<string, KubernetesObject>()
  pods: readonly KubernetesObject[] = []
  asked: Observation['asked'] = desired()
  signals: PipelineSignals | undefined = signals()
  exporterTrouble: string | undefined
  scaling: Scaling | undefined
  taken: readonly string[] = []
  operator: OperatorIdentity = { version: '1.0.0', image: 'example/metrics:1', pullSecrets: [] }
  generation = 1
  hasServiceMonitors = false
  #inForce: DesiredPipeline | undefined
  #previous: PipelineDecision['status'] | undefined
  #uids = 0

  /** Decides once and carries it out. */
  step(now: string = NOW): PipelineDecision {
    const decision = decidePipeline(this.#seen(), OWNER.name, now)
    for (const object of decision.remove) this.objects.delete(objectKey(object))
    for (const object of decision.apply) this.#put(object)
    if (decision.scale !== undefined) this.#scale(decision.scale)
    this.#previous = decision.status
    const { current } = rankRevisions([...this.objects.values()])
    if (current !== undefined) this.#inForce = this.#planOf(current)
    return decision
  }

  /** Steps until the fleet of what is asked is applied, every Job and rollout going well. */
  settle(): PipelineDecision {
    this.step()
    for (const job of this.ofKind('Job')) this.finishJob(job.metadata.name)
    this.step()
    this.rollOut()
    return this.step()
  }

  ofKind(kind: string): readonly KubernetesObject[] {
    return [...this.objects.values()].filter((object) => object.kind === kind)
  }

  the(kind: string, name: string): KubernetesObject {
    const object = this.objects.get(`${kind}/${name}`)
    if (object === undefined)
      throw new Error(`there is no ${kind} ${name}, only ${[...this.objects.keys()].join(', ')}`)
    return object
  }

  finishJob(name: string): void {
    this.#status('Job', name, { conditions: [{ type: 'Complete', status: 'True' }] })
  }

  failJob(name: string, since: string): void {
    const condition = { type: 'Failed', status: 'True', message: 'backoff limit reached', lastTransitionTime: since }
    this.#status('Job', name, { conditions: [condition] })
  }

  rollOut(ready?: number): void {
    const { spec } = this.the('Deployment', 'flights-worker') as unknown as { spec: { replicas: number } }
    const replicas = ready ?? spec.replicas
    this.deploymentStatus({ replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas })
  }

  deploymentStatus(status: Readonly<Record<string, unknown>>): void {
    this.#status('Deployment', 'flights-worker', { observedGeneration: 1_000, ...status })
  }

  #status(kind: string, name: string, status: unknown): void {
    this.objects.set(`${kind}/${name}`, { ...this.the(kind, name), status })
  }

  #put(object: KubernetesObject): void {
    const before = this.objects.get(objectKey(object))
    this.#uids += 1
    const uid = before?.metadata.uid ?? `object-${this.#uids}`
    const annotations = { ...before?.metadata.annotations, ...object.metadata.annotations }
    const metadata = { ...object.metadata, annotations, uid, creationTimestamp: NOW }
    const { replicas } = (before?.['spec'] ?? {}) as { replicas?: number }
    const spec = { ...(replicas !== undefined && { replicas }), ...(object['spec'] as object) }
    this.objects.set(objectKey(object), {
      ...before,
      ...object,
      metadata,
      ...(object['spec'] !== undefined && { spec }),
    })
  }

  /** As server-side apply does by another field manager. */
  #scale({ kind, metadata, spec }: KubernetesObject): void {
    const before = this.the(kind, metadata.name)
    const annotations = { ...before.metadata.annotations, ...metadata.annotations }
    const merged = { ...(before['spec'] as object), ...(spec as object) }
    this.objects.set(objectKey(before), { ...before, metadata: { ...before.metadata, annotations }, spec: merged })
  }

  #planOf(revision: KubernetesObject): DesiredPipeline {
    const { spec } = revision['data'] as { spec: PipelineSpec }
    const live = 'problems' in this.asked ? { ...SPEC, suspend: false } : this.asked.spec
    const { replicas, scaling } = live.workers
    const workers = { ...spec.workers, replicas, scaling }
    return { owner: OWNER, spec: { ...spec, suspend: live.suspend, workers }, image: spec.image ?? '' }
  }

  #seen(): Observation {
    return {
      generation: this.generation,
      asked: this.asked,
      inForce: this.#inForce,
      pinnedImage: 'example/metrics:1',
      owned: [...this.objects.values()],
      pods: this.pods,
      signals: this.signals,
      exporterTrouble: this.exporterTrouble,
      taken: this.taken,
      refused: [],
      previous: this.#previous,
      scaling: this.scaling,
      hasServiceMonitors: this.hasServiceMonitors,
      operator: this.operator,
    }
  }
}

export function condition({ status }: PipelineDecision, type: ConditionType): Condition | undefined {
  return status.conditions.find((each) => each.type === type)
}

export function workerPod(name: string, status: unknown): KubernetesObject {
  const labels = { 'app.kubernetes.io/component': 'worker', 'metricspipelines.io/pipeline': OWNER.name }
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels, creationTimestamp: NOW }, status }
}

export function jobPod(name: string, job: KubernetesObject, status: unknown): KubernetesObject {
  const owner = { apiVersion: job.apiVersion, kind: job.kind, name: job.metadata.name, uid: job.metadata.uid ?? '' }
  const { labels } = job.metadata
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...(labels && { labels }), ownerReferences: [owner], creationTimestamp: NOW },
    status,
  }
}
