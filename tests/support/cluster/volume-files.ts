import type { ApiObject } from './api-client.ts'
import type { VolumeFile } from './atomic-folder.ts'
import { type PodPlace, podField } from './pod-fields.ts'
import { NotThere, type PodSources } from './pod-sources.ts'

const DEFAULT_MODE = 0o644

interface Given {
  readonly pod: ApiObject
  readonly place: PodPlace
  readonly sources: PodSources
}

/** The files of a volume; nothing for an empty folder. Throws NotThere when something that is not optional is missing. */
export async function volumeFiles(
  volume: ApiObject,
  given: Given,
): Promise<ReadonlyMap<string, VolumeFile> | undefined> {
  const { secret, configMap, downwardAPI, projected, emptyDir } = volume
  if (emptyDir) return undefined
  const mode: number = (secret ?? configMap ?? downwardAPI ?? projected)?.defaultMode ?? DEFAULT_MODE
  if (secret) return await filesOf({ secret: { ...secret, name: secret.secretName } }, mode, given)
  if (configMap || downwardAPI) return await filesOf(volume, mode, given)
  if (!projected) throw new NotThere(`a played node has no such volume: ${JSON.stringify(volume)}`)
  const files = new Map<string, VolumeFile>()
  for (const source of projected.sources)
    for (const [path, file] of await filesOf(source, mode, given)) files.set(path, file)
  return files
}

async function filesOf(
  source: ApiObject,
  mode: number,
  { pod, place, sources }: Given,
): Promise<Map<string, VolumeFile>> {
  const { secret, configMap, downwardAPI, serviceAccountToken } = source
  if (secret) return pick(await sources.read('Secret', secret.name, secret.optional), secret, mode)
  if (configMap) return pick(await sources.read('ConfigMap', configMap.name, configMap.optional), configMap, mode)
  if (serviceAccountToken) {
    const token = await sources.token(pod, serviceAccountToken)
    return new Map([[serviceAccountToken.path, { content: Buffer.from(token), mode }]])
  }
  if (downwardAPI) {
    const items: ApiObject[] = downwardAPI.items ?? []
    return new Map(items.map((item) => [item['path'], fieldFile(item, pod, place, mode)]))
  }
  throw new NotThere(`a played node has no such source of a volume: ${JSON.stringify(source)}`)
}

/** All keys, or those that `items` names, each under its path. */
function pick(
  data: Readonly<Record<string, Buffer>>,
  { name, items, optional }: ApiObject,
  defaultMode: number,
): Map<string, VolumeFile> {
  const wanted: ApiObject[] = items ?? Object.keys(data).map((key) => ({ key, path: key }))
  const files = new Map<string, VolumeFile>()
  for (const { key, path, mode = defaultMode } of wanted) {
    const content = data[key]
    if (content !== undefined) files.set(path, { content, mode })
    else if (optional !== true) throw new NotThere(`references non-existent key ${key} of ${name}`)
  }
  return files
}

function fieldFile({ fieldRef, mode }: ApiObject, pod: ApiObject, place: PodPlace, defaultMode: number): VolumeFile {
  const value = podField(pod, place, fieldRef?.fieldPath)
  if (value === undefined) throw new NotThere(`a played node cannot resolve ${JSON.stringify(fieldRef)}`)
  return { content: Buffer.from(value), mode: mode ?? defaultMode }
}
