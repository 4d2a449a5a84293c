import type { ApiObject } from './api-client.ts'

/** Where a pod runs. */
export interface PodPlace {
  readonly podIP: string
  readonly hostIP: string
}

/** What the downward API tells of a pod under this path; nothing when it knows no such path. */
export function podField(pod: ApiObject, { podIP, hostIP }: PodPlace, path: string): string | undefined {
  const { metadata, spec } = pod
  const [, map, key] = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path) ?? []
  if (map !== undefined && key !== undefined) return metadata[map]?.[key] ?? ''
  const fields: Readonly<Record<string, string>> = {
    'metadata.name': metadata.name,
    'metadata.namespace': metadata.namespace,
    'metadata.uid': metadata.uid,
    'metadata.labels': asLines(metadata.labels),
    'metadata.annotations': asLines(metadata.annotations),
    'spec.nodeName': spec.nodeName,
    'spec.serviceAccountName': spec.serviceAccountName,
    'status.podIP': podIP,
    'status.podIPs': podIP,
    'status.hostIP': hostIP,
  }
  return fields[path]
}

function asLines(map: Readonly<Record<string, string>> = {}): string {
  return Object.keys(map)
    .sort()
    .map((key) => `${key}=${JSON.stringify(map[key])}\n`)
    .join('')
}
