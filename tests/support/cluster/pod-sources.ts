import type { ApiClient, ApiObject } from './api-client.ts'

type SourceKind = 'Secret' | 'ConfigMap'

const PLURALS: Readonly<Record<SourceKind, string>> = { Secret: 'secrets', ConfigMap: 'configmaps' }

/** What a container or a volume asks for is not there, or not to be had from a played node. The message is the pod's to show. */
export class NotThere extends Error {}

/** One key of a Secret or ConfigMap, as `secretKeyRef`, `configMapKeyRef`, `secret` and `configMap` of volumes name it. */
export class PodSources {
  readonly #api: ApiClient
  readonly #namespace: string

  constructor(api: ApiClient, namespace: string) {
    this.#api = api
    this.#namespace = namespace
  }

  /** All keys; none when it may be missing and is. */
  async read(kind: SourceKind, name: string, optional = false): Promise<Readonly<Record<string, Buffer>>> {
    const object = await this.#api.find(`/api/v1/namespaces/${this.#namespace}/${PLURALS[kind]}/${name}`)
    if (object !== undefined) return contentOf(kind, object)
    if (optional) return {}
    throw new NotThere(`${kind.toLowerCase()} "${name}" not found`)
  }

  async readKey(kind: SourceKind, { name, key, optional }: ApiObject): Promise<string | undefined> {
    const value = (await this.read(kind, name, optional))[key]
    if (value !== undefined) return value.toString()
    if (optional === true) return undefined
    throw new NotThere(`couldn't find key ${key} in ${kind} ${this.#namespace}/${name}`)
  }

  /** A token of the pod's service account. */
  async token(pod: ApiObject, { audience, expirationSeconds }: ApiObject): Promise<string> {
    const { name, uid } = pod['metadata']
    const account = pod['spec'].serviceAccountName ?? 'default'
    const answer = await this.#api.create(`/api/v1/namespaces/${this.#namespace}/serviceaccounts/${account}/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        audiences: audience === undefined ? [] : [audience],
        expirationSeconds,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      },
    })
    return answer['status'].token
  }
}

function contentOf(kind: SourceKind, { data = {}, binaryData = {} }: ApiObject): Readonly<Record<string, Buffer>> {
  const encoded = kind === 'Secret' ? data : binaryData
  const plain = kind === 'Secret' ? {} : data
  return {
    ...Object.fromEntries(Object.entries<string>(encoded).map(([key, value]) => [key, Buffer.from(value, 'base64')])),
    ...Object.fromEntries(Object.entries<string>(plain).map(([key, value]) => [key, Buffer.from(value)])),
  }
}
