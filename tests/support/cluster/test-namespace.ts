import { randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eventually } from '../eventually.ts'
import { throwAwayFolder } from '../throw-away-folder.ts'
import { type ApiAccess, kubeconfigOf, readKubeconfig } from './api-access.ts'
import { ApiClient, type ApiObject } from './api-client.ts'
import type { Cluster } from './cluster.ts'
import { isAllowed } from './may.ts'

/** As in a Role. */
export interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
  readonly resourceNames?: readonly string[]
}

export interface Rights {
  /** In the namespace. */
  readonly rules?: readonly Rule[]
  /** In the whole cluster. */
  readonly clusterRules?: readonly Rule[]
}

/** Somebody with a token and no more rights than a test gave. */
export interface TestUser {
  /** As the audit log names it. */
  readonly name: string
  /** Path of a kubeconfig. */
  readonly kubeconfig: string
  readonly access: ApiAccess
  readonly api: ApiClient
}

const NAME_BYTES = 4
const TOKEN_SECONDS = 86_400

/** A namespace that a test has for itself. */
export class TestNamespace implements AsyncDisposable {
  readonly name: string
  readonly cluster: Cluster
  readonly #folder: string
  readonly #clusterWide: string[] = []
  readonly #users: TestUser[] = []

  private constructor(cluster: Cluster, name: string, folder: string) {
    this.cluster = cluster
    this.name = name
    this.#folder = folder
  }

  /** Resolves when pods can be made in it. */
  static async create(cluster: Cluster, labels: Readonly<Record<string, string>> = {}): Promise<TestNamespace> {
    const name = `test-${randomBytes(NAME_BYTES).toString('hex')}`
    await cluster.api.create('/api/v1/namespaces', { metadata: { name, labels } })
    const namespace = new TestNamespace(cluster, name, await throwAwayFolder())
    await eventually(() => cluster.api.get(namespace.path('serviceaccounts', 'default')))
    await eventually(() => cluster.api.get(namespace.path('configmaps', 'kube-root-ca.crt')))
    return namespace
  }

  /** The API's path of what is in here: `path('pods')`, `path('apps/v1/deployments', 'worker')`. */
  path(resource: string, name?: string): string {
    const [plural = '', version = 'v1', group] = resource.split('/').reverse()
    const root = group === undefined ? `/api/${version}` : `/apis/${group}/${version}`
    return `${root}/namespaces/${this.name}/${plural}${name === undefined ? '' : `/${name}`}`
  }

  async create(resource: string, object: ApiObject): Promise<ApiObject> {
    return await this.cluster.api.create(this.path(resource), object)
  }

  async get(resource: string, name: string): Promise<ApiObject> {
    return await this.cluster.api.get(this.path(resource, name))
  }

  async list(resource: string, selector = ''): Promise<ApiObject[]> {
    return await this.cluster.api.list(`${this.path(resource)}?labelSelector=${encodeURIComponent(selector)}`)
  }

  async patch(resource: string, name: string, patch: ApiObject): Promise<ApiObject> {
    return await this.cluster.api.patch(this.path(resource, name), patch)
  }

  async delete(resource: string, name: string, options: ApiObject = {}): Promise<void> {
    await this.cluster.api.delete(this.path(resource, name), options)
  }

  /** A service account of this name, bound to these rights, and its token. */
  async createUser(name: string, { rules, clusterRules }: Rights): Promise<TestUser> {
    await this.create('serviceaccounts', { metadata: { name } })
    const fullName = `system:serviceaccount:${this.name}:${name}`
    if (rules) {
      await this.#bind(name, 'Role', rules)
      await this.#isHeardOf(fullName, rules, { namespace: this.name })
    }
    if (clusterRules) {
      await this.#bind(name, 'ClusterRole', clusterRules)
      await this.#isHeardOf(fullName, clusterRules)
    }
    const { status } = await this.cluster.api.create(this.path('serviceaccounts', `${name}/token`), {
      spec: { expirationSeconds: TOKEN_SECONDS },
    })
    const access = await this.#accessWith(status.token)
    const kubeconfig = join(this.#folder, `${name}.kubeconfig`)
    await writeFile(kubeconfig, kubeconfigOf(access, this.name), { mode: 0o600 })
    const user = { name: fullName, kubeconfig, access, api: new ApiClient(access) }
    this.#users.push(user)
    return user
  }

  /** Deletes it with all that is in it; resolves when no pod is left, and so no process of one. The server removes the rest in its time. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const user of this.#users) user.api.close()
    for (const path of this.#clusterWide) await this.cluster.api.delete(path)
    await this.cluster.api.delete(`/api/v1/namespaces/${this.name}`)
    await eventually(async () => {
      const pods = await this.list('pods')
      if (pods.length > 0) throw new Error(`${pods.map(({ metadata }) => metadata.name)} will not go`)
    })
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #bind(user: string, kind: 'Role' | 'ClusterRole', rules: readonly Rule[]): Promise<void> {
    const name = kind === 'Role' ? user : `${this.name}-${user}`
    const rbac = '/apis/rbac.authorization.k8s.io/v1'
    const place = kind === 'Role' ? `${rbac}/namespaces/${this.name}` : rbac
    const roles = `${place}/${kind.toLowerCase()}s`
    const bindings = `${place}/${kind.toLowerCase()}bindings`
    await this.cluster.api.create(roles, { metadata: { name }, rules })
    await this.cluster.api.create(bindings, {
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name },
      subjects: [{ kind: 'ServiceAccount', name: user, namespace: this.name }],
    })
    if (kind === 'ClusterRole') this.#clusterWide.push(`${roles}/${name}`, `${bindings}/${name}`)
  }

  /** Resolves once the API server goes by the rules, of which the first stands for all. */
  async #isHeardOf(user: string, rules: readonly Rule[], place: { readonly namespace?: string } = {}): Promise<void> {
    const rule = rules.find(({ verbs, resources }) => verbs.length > 0 && resources.length > 0)
    if (rule === undefined) return
    const [resource = '', subresource = ''] = (rule.resources[0] ?? '').split('/')
    const [verb = '', group = '', name = ''] = [rule.verbs[0], rule.apiGroups[0], rule.resourceNames?.[0]]
    await eventually(async () => {
      const isHeardOf = await isAllowed(this.cluster, user, { verb, group, resource, subresource, name, ...place })
      if (!isHeardOf) throw new Error(`${user} has no rights yet`)
    })
  }

  async #accessWith(token: string): Promise<ApiAccess> {
    const { server, ca } = await readKubeconfig(this.cluster.kubeconfig)
    return { server, ca, token }
  }
}
