import type { KubernetesObject } from './kubernetes-object.ts'

/** A pod less what it runs, which nobody looks at: there are many, and that is most of each. */
export function slimPod(pod: KubernetesObject): KubernetesObject {
  const { volumes, nodeName } = (pod['spec'] ?? {}) as { readonly volumes?: unknown; readonly nodeName?: unknown }
  return { ...pod, spec: { volumes, nodeName } }
}
