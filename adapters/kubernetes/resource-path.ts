import type { ResourceKind } from './kubernetes-object.ts'

export interface ResourceAddress {
  readonly kind: ResourceKind
  /** Of a namespaced kind: left out, all namespaces. */
  readonly namespace?: string | undefined
  /** Left out: the collection. */
  readonly name?: string | undefined
  /** `status`, `scale`, `log`. */
  readonly subresource?: string | undefined
  /** Of the subresource `proxy`: what is asked for behind it, `/metrics`. */
  readonly behind?: string | undefined
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>

/** Where the API server keeps a resource: `/apis/apps/v1/namespaces/shop/deployments/worker/scale?force=true`. */
export function resourcePath(
  { kind, namespace, name, subresource, behind = '' }: ResourceAddress,
  query: Query = {},
): string {
  if (name === '') throw new Error(`a ${kind.kind} without a name: the path would name all of them`)
  const root = kind.apiVersion.includes('/') ? '/apis/' : '/api/'
  const place = kind.namespaced && namespace !== undefined ? ['namespaces', namespace] : []
  const parts = [...place, kind.plural, name, subresource].filter((part) => part !== undefined)
  return `${root}${kind.apiVersion}/${parts.map(encodeURIComponent).join('/')}${behind}${queryText(query)}`
}

/** For messages: `deployments/scale shop/worker`. */
export function describeAddress({ kind, namespace, name, subresource }: ResourceAddress): string {
  const what = subresource === undefined ? kind.plural : `${kind.plural}/${subresource}`
  const where = [namespace, name].filter((part) => part !== undefined).join('/')
  return where === '' ? what : `${what} ${where}`
}

function queryText(query: Query): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value))
  return parameters.size === 0 ? '' : `?${parameters}`
}
