import { deploymentState } from './deployment-state.ts'
import { type KubernetesObject, objectKey } from './kubernetes-object.ts'
import type { Observation } from './observation.ts'
import { componentOf } from './owner.ts'

/** Jobs come and go by their own rules: those of a migration after a day, scheduled ones with their CronJob. */
const LEFT_ALONE = new Set(['Job', 'Pod', 'ControllerRevision'])

/**
 * What nobody asks for any more. A pipeline file stays for as long as something that runs, or may run again, reads it; during a rollout
 * that is any file, for a pod of an earlier plan that is lost then is made anew.
 */
export function outdatedObjects(
  { owned, pods }: Observation,
  desired: readonly KubernetesObject[],
  revisions: readonly KubernetesObject[],
): readonly KubernetesObject[] {
  const wanted = new Set(desired.map(objectKey))
  const files = new Set([...owned, ...pods].flatMap(filesOf))
  const isRollingOut = owned.some((each) => each.kind === 'Deployment' && !deploymentState(each).isComplete)
  const unwanted = owned.filter(
    (object) =>
      !LEFT_ALONE.has(object.kind) &&
      !wanted.has(objectKey(object)) &&
      componentOf(object) !== 'exporter' &&
      !(object.kind === 'ConfigMap' && (isRollingOut || files.has(object.metadata.name))),
  )
  return [...unwanted, ...revisions]
}

interface PodSpec {
  readonly volumes?: readonly { readonly configMap?: { readonly name?: string } }[]
}

interface WithTemplate {
  readonly template?: { readonly spec?: PodSpec }
  readonly jobTemplate?: { readonly spec?: WithTemplate }
}

function filesOf(object: KubernetesObject): readonly string[] {
  const spec = (object['spec'] ?? {}) as WithTemplate & PodSpec
  const templates = [spec, spec.template?.spec, spec.jobTemplate?.spec?.template?.spec]
  return templates.flatMap((template) => (template?.volumes ?? []).flatMap(({ configMap }) => configMap?.name ?? []))
}
