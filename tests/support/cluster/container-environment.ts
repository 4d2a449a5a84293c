import type { ApiObject } from './api-client.ts'
import { expandVariables } from './expand-variables.ts'
import { type PodPlace, podField } from './pod-fields.ts'
import { NotThere, type PodSources } from './pod-sources.ts'

/** A container's variables as its pod declares them, `envFrom` first. Throws NotThere when one cannot be had. */
export async function containerEnvironment(
  container: ApiObject,
  pod: ApiObject,
  place: PodPlace,
  sources: PodSources,
): Promise<Readonly<Record<string, string>>> {
  const known: Record<string, string> = {}
  for (const { prefix = '', secretRef, configMapRef } of container['envFrom'] ?? []) {
    const [kind, { name, optional }] = secretRef
      ? (['Secret', secretRef] as const)
      : (['ConfigMap', configMapRef] as const)
    for (const [key, value] of Object.entries(await sources.read(kind, name, optional)))
      known[prefix + key] = String(value)
  }
  for (const { name, value = '', valueFrom } of container['env'] ?? []) {
    const found = valueFrom ? await resolveSource(valueFrom, pod, place, sources) : expandVariables(value, known)
    if (found !== undefined) known[name] = found
  }
  return known
}

async function resolveSource(
  { secretKeyRef, configMapKeyRef, fieldRef, ...others }: ApiObject,
  pod: ApiObject,
  place: PodPlace,
  sources: PodSources,
): Promise<string | undefined> {
  if (secretKeyRef) return await sources.readKey('Secret', secretKeyRef)
  if (configMapKeyRef) return await sources.readKey('ConfigMap', configMapKeyRef)
  const field = fieldRef && podField(pod, place, fieldRef.fieldPath)
  if (field !== undefined) return field
  throw new NotThere(`a played node cannot resolve ${JSON.stringify(fieldRef ?? others)}`)
}
