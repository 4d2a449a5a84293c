import type { KubernetesClient } from '../adapters/kubernetes/kubernetes-client.ts'
import type { Logger } from '../adapters/telemetry/create-logger.ts'
import type { DesiredPipeline } from '../core/operator/desired-pipeline.ts'
import { withMark } from '../core/operator/in-sync.ts'
import { objectKey } from '../core/operator/kubernetes-object.ts'
import { type ExporterSettings, exporterObjects } from '../core/operator/objects/exporter.ts'
import { ownObjects } from '../core/operator/own-objects.ts'
import { rankRevisions } from '../core/operator/revisions.ts'
import { applyDesired, removeObjects } from './apply-objects.ts'
import type { ClusterView } from './cluster-view.ts'
import { ownerOf, readPlans } from './read-plan.ts'

export interface ExporterReconcilerOptions {
  readonly client: KubernetesClient
  readonly view: ClusterView
  readonly settings: ExporterSettings
  readonly log: Logger
}

/** Keeps one exporter in every namespace that has pipelines, told of all of them. */
export class ExporterReconciler {
  readonly #options: ExporterReconcilerOptions

  constructor(options: ExporterReconcilerOptions) {
    this.#options = options
  }

  async reconcile(namespace: string): Promise<undefined> {
    const { client, view, settings, log } = this.#options
    const pipelines = this.#pipelinesOf(namespace)
    const desired = exporterObjects(pipelines, settings, view.hasServiceMonitors).map(withMark)
    const observed = new Map(view.objectsOf({ namespace }).map((each) => [objectKey(each), each]))
    const owners = pipelines.map(({ owner }) => owner)
    const { taken, refusals } = await applyDesired(client, desired, observed, owners)
    const [refusal] = refusals
    if (taken.length > 0) log.warn({ namespace, objects: taken }, 'objects of the exporter belong to somebody else')
    if (refusal !== undefined) throw refusal
    if (pipelines.length === 0) return // all of it goes with the last of its owners
    const wanted = new Set(desired.map(objectKey))
    await removeObjects(
      client,
      [...observed.values()].filter((each) => !wanted.has(objectKey(each))),
    )
  }

  /**
   * By the plan in force, for that is what the workers read, and by what is asked for before there is one. What is neither valid nor was
   * before has nothing to watch.
   */
  #pipelinesOf(namespace: string): readonly DesiredPipeline[] {
    const { view, settings } = this.#options
    return view
      .pipelinesIn(namespace)
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .flatMap((object) => {
        const owner = ownerOf(object)
        const own = ownObjects(view.objectsOf({ namespace, pipeline: owner.name }), owner)
        const { asked, inForce } = readPlans(object, rankRevisions(own).current, settings.image)
        return inForce ?? ('problems' in asked ? [] : asked)
      })
  }
}
