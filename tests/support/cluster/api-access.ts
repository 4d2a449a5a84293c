import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'

/** How one user reaches an API server. */
export interface ApiAccess {
  readonly server: string
  /** PEM, as everything here. */
  readonly ca: string
  readonly token?: string | undefined
  readonly certificate?: string | undefined
  readonly key?: string | undefined
}

interface Kubeconfig {
  readonly 'current-context': string
  readonly contexts: readonly { name: string; context: { cluster: string; user: string } }[]
  readonly clusters: readonly { name: string; cluster: Readonly<Record<string, string>> }[]
  readonly users: readonly { name: string; user: Readonly<Record<string, string>> }[]
}

/** A kubeconfig that says the same, in JSON, which is YAML. A pod's namespace is its context's. */
export function kubeconfigOf({ server, ca, token }: ApiAccess, namespace = 'default'): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': toBase64(ca) } }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace } }],
    'current-context': 'test',
  })
}

/** What the current context of a kubeconfig says, as kind, k3s and this project's own control plane write it: tokens or certificates. */
export async function readKubeconfig(path: string): Promise<ApiAccess> {
  const config = parse(await readFile(path, 'utf8')) as Kubeconfig
  const context = config.contexts.find(({ name }) => name === config['current-context'])?.context
  const cluster = config.clusters.find(({ name }) => name === context?.cluster)?.cluster
  const user = config.users.find(({ name }) => name === context?.user)?.user
  const server = cluster?.['server']
  const ca = await dataOf(cluster, 'certificate-authority')
  if (server === undefined || ca === undefined)
    throw new Error(`${path}: its current context names no server with a CA`)
  return {
    server,
    ca,
    token: user?.['token'],
    certificate: await dataOf(user, 'client-certificate'),
    key: await dataOf(user, 'client-key'),
  }
}

async function dataOf(entry: Readonly<Record<string, string>> | undefined, name: string): Promise<string | undefined> {
  const inline = entry?.[`${name}-data`]
  if (inline !== undefined) return Buffer.from(inline, 'base64').toString()
  const file = entry?.[name]
  return file === undefined ? undefined : await readFile(file, 'utf8')
}

function toBase64(text: string): string {
  return Buffer.from(text).toString('base64')
}
