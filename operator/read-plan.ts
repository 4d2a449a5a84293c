import { parsePipelineObject } from '../adapters/manifest/parse-pipeline-object.ts'
import { scalingSchema } from '../adapters/manifest/pipeline-schema.ts'
import type { DesiredPipeline } from '../core/operator/desired-pipeline.ts'
import type { KubernetesObject } from '../core/operator/kubernetes-object.ts'
import type { Observation } from '../core/operator/observation.ts'
import type { Owner } from '../core/operator/owner.ts'
import { pinImage } from '../core/operator/pin-image.ts'
import type { PipelineStatus } from '../core/operator/status.ts'
import { API_VERSION, KIND, type PipelineSpec } from '../core/pipeline/spec.ts'

export interface Plans {
  readonly asked: Observation['asked']
  readonly inForce: DesiredPipeline | undefined
  readonly pinnedImage: string
}

interface PlansRead {
  readonly revision: KubernetesObject | undefined
  readonly operatorImage: string
  readonly plans: Plans
}

/** They are asked for every second, and are the same until one of the objects is another. */
const plansRead = new WeakMap<KubernetesObject, PlansRead>()

/** What a pipeline object asks for, and the plan in force by its newest revision. */
export function readPlans(
  object: KubernetesObject,
  revision: KubernetesObject | undefined,
  operatorImage: string,
): Plans {
  const known = plansRead.get(object)
  if (known !== undefined && known.revision === revision && known.operatorImage === operatorImage) return known.plans
  const plans = readAnew(object, revision, operatorImage)
  plansRead.set(object, { revision, operatorImage, plans })
  return plans
}

function readAnew(object: KubernetesObject, revision: KubernetesObject | undefined, operatorImage: string): Plans {
  const owner = ownerOf(object)
  const inForce = revision === undefined ? undefined : planInForce(owner, revision, object)
  const parsed = parseOnce(object, object)
  const pinned = statusOfObject(object)?.image ?? inForce?.image
  if ('problems' in parsed) return { asked: parsed, inForce, pinnedImage: pinned ?? operatorImage }
  const { spec } = parsed
  const pinnedImage = pinImage(spec, pinned, operatorImage)
  const labels = object.metadata.labels ?? {}
  return { asked: { owner, spec, image: spec.image ?? pinnedImage, labels }, inForce, pinnedImage }
}

type ParsedSpec = { readonly spec: PipelineSpec } | { readonly problems: readonly string[] }

/** The exporter of a namespace needs all its pipelines whenever one of them changes. */
const parsedSpecs = new WeakMap<KubernetesObject, ParsedSpec>()

/** By the object that it is in. Only the spec is kept: of a thousand pipelines nobody needs the resolved metric sets. */
function parseOnce(holder: KubernetesObject, pipeline: unknown): ParsedSpec {
  const known = parsedSpecs.get(holder)
  if (known !== undefined) return known
  const parsed = parsePipelineObject(pipeline)
  const kept = 'problems' in parsed ? { problems: parsed.problems } : { spec: parsed.pipeline.spec }
  parsedSpecs.set(holder, kept)
  return kept
}

export function statusOfObject(object: KubernetesObject): PipelineStatus | undefined {
  const status = object['status'] as PipelineStatus | undefined
  return status?.conditions === undefined ? undefined : status
}

export function ownerOf({ metadata }: KubernetesObject): Owner {
  return { name: metadata.name, namespace: metadata.namespace ?? '', uid: metadata.uid ?? '' }
}

/** Suspending and scaling hold at once, also for a plan that is in force only because the object is not valid. */
function planInForce(owner: Owner, revision: KubernetesObject, object: KubernetesObject): DesiredPipeline | undefined {
  const { spec: stored } = revision['data'] as { readonly spec?: unknown }
  const parsed = parseOnce(revision, {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: { name: owner.name },
    spec: stored,
  })
  if ('problems' in parsed) return undefined // written by an operator whose schema said more than ours
  const { spec } = parsed
  const asked = (object['spec'] ?? {}) as { suspend?: unknown; workers?: { replicas?: unknown; scaling?: unknown } }
  const { replicas, scaling } = asked.workers ?? {}
  return {
    owner,
    spec: {
      ...spec,
      suspend: asked.suspend === true,
      workers: {
        ...spec.workers,
        replicas: isCount(replicas) ? replicas : 1,
        scaling: scalingSchema.safeParse(scaling).data ?? spec.workers.scaling,
      },
    },
    image: spec.image ?? '',
    labels: object.metadata.labels ?? {},
  }
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 64
}
