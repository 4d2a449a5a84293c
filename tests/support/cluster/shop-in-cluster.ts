import { expect } from 'vitest'
import type { LoadedPipeline } from '../../../adapters/manifest/parse-pipeline.ts'
import { parsePipelineObject } from '../../../adapters/manifest/parse-pipeline-object.ts'
import { eventually } from '../eventually.ts'
import { PipelineOnServers } from '../pipeline-on-servers.ts'
import { type FreshDatabase, type FreshRedis, freshDatabase, freshRedis } from '../servers.ts'
import { type ShopOptions, shopManifest } from '../shop-manifest.ts'
import { expectedRows, type Order } from '../shop-orders.ts'
import type { ApiObject } from './api-client.ts'
import { PIPELINES } from './pipeline-fixture.ts'
import { kubectl } from './run-tool.ts'
import type { TestNamespace } from './test-namespace.ts'

const SECRETS = { redis: { name: 'shop-redis', key: 'url' }, postgres: { name: 'shop-postgres', key: 'url' } } as const

/** Kubelets take more than a minute to pass a changed Secret on. */
const LONG_MS = 120_000

/** A pipeline over orders of shops that a cluster runs, on a database and a Redis of its own. */
export class ShopInCluster implements AsyncDisposable {
  readonly namespace: TestNamespace
  readonly object: ApiObject
  readonly databaseUrl: string
  readonly redisUrl: string
  readonly #resources: AsyncDisposableStack
  readonly #pipeline: LoadedPipeline
  #servers: PipelineOnServers | undefined

  private constructor(
    namespace: TestNamespace,
    object: ApiObject,
    database: FreshDatabase,
    redis: FreshRedis,
    resources: AsyncDisposableStack,
  ) {
    this.namespace = namespace
    this.object = object
    this.databaseUrl = database.url
    this.redisUrl = redis.url
    this.#resources = resources
    const parsed = parsePipelineObject(object)
    if ('problems' in parsed) throw new Error(parsed.problems.join('\n'))
    this.#pipeline = parsed
  }

  /** Its Secrets are there, the pipeline itself is not. */
  static async prepare(namespace: TestNamespace, options: ShopOptions, spec: ApiObject = {}): Promise<ShopInCluster> {
    const resources = new AsyncDisposableStack()
    const database = resources.use(await freshDatabase())
    const redis = resources.use(await freshRedis())
    const shop = new ShopInCluster(namespace, shopObject(options, spec), database, redis, resources)
    await shop.connect(shop)
    return shop
  }

  /** The same, with the namespace as its own. */
  static async open(namespace: TestNamespace, options: ShopOptions, spec: ApiObject = {}): Promise<ShopInCluster> {
    const shop = await ShopInCluster.prepare(namespace, options, spec)
    shop.#resources.use(namespace) // goes before the servers do
    return shop
  }

  get name(): string {
    return this.object['metadata'].name
  }

  /** Its Secrets name these servers from now on. */
  async connect({ databaseUrl, redisUrl }: Pick<PipelineOnServers, 'databaseUrl' | 'redisUrl'>): Promise<void> {
    await this.#writeSecret('redis', redisUrl)
    await this.#writeSecret('postgres', databaseUrl)
  }

  async #writeSecret(which: keyof typeof SECRETS, url: string): Promise<void> {
    const { name, key } = SECRETS[which]
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: { [key]: url } }
    await this.namespace.cluster.api.apply(this.namespace.path('secrets', name), secret)
  }

  /** As a user does. */
  async apply(): Promise<void> {
    const args = ['--namespace', this.namespace.name, 'apply', '-f', '-']
    const { code, err } = await kubectl(this.namespace.cluster, args, { input: JSON.stringify(this.object) })
    if (code !== 0) throw new Error(err)
  }

  /** `kubectl wait`. */
  async waitFor(condition: string, withinSeconds = 90): Promise<void> {
    const args = ['wait', `--for=condition=${condition}`, `mp/${this.name}`, `--timeout=${withinSeconds}s`]
    const { code, err } = await kubectl(this.namespace.cluster, ['--namespace', this.namespace.name, ...args])
    if (code !== 0) throw new Error(`${err}\n${JSON.stringify((await this.get())['status'], null, 2)}`)
  }

  get(): Promise<ApiObject> {
    return this.namespace.get(PIPELINES, this.name)
  }

  async patch(spec: ApiObject): Promise<void> {
    await this.namespace.patch(PIPELINES, this.name, { spec })
  }

  /** The servers under it, migrated by now. */
  async servers(): Promise<PipelineOnServers> {
    const { databaseUrl, redisUrl } = this
    this.#servers ??= this.#resources.use(await PipelineOnServers.open(this.#pipeline, { databaseUrl, redisUrl }))
    return this.#servers
  }

  /** Resolves when these orders are what the rows say, each counted once, and nothing is left to do. */
  async expectExact(published: readonly Order[]): Promise<void> {
    const servers = await this.servers()
    await servers.caughtUp({ withinMs: LONG_MS })
    expect(await servers.rows()).toMatchObject(expectedRows(published))
    expect(await servers.parity()).toMatchObject({ mismatches: 0, missing: 0, overdue: 0 })
  }

  async workers(): Promise<readonly ApiObject[]> {
    return await this.pods('worker')
  }

  /** The pods of one of its components. */
  async pods(component: string): Promise<readonly ApiObject[]> {
    const selector = `metricspipelines.io/pipeline=${this.name},app.kubernetes.io/component=${component}`
    return await this.namespace.list('pods', selector)
  }

  async condition(type: string): Promise<ApiObject | undefined> {
    const { status } = await this.get()
    return status?.conditions?.find((each: ApiObject) => each['type'] === type)
  }

  async conditionBecomes(type: string, expected: ApiObject): Promise<void> {
    await eventually(async () => expect(await this.condition(type)).toMatchObject(expected), { withinMs: LONG_MS })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync()
  }
}

function shopObject(options: ShopOptions, { workers = {}, ...more }: ApiObject): ApiObject {
  const { spec, ...rest } = JSON.parse(shopManifest(options)) as ApiObject
  return {
    ...rest,
    spec: {
      ...spec,
      source: { redisStreams: { ...spec.source.redisStreams, connection: { secretKeyRef: SECRETS.redis } } },
      database: { ...spec.database, connection: { secretKeyRef: SECRETS.postgres } },
      workers: { ...spec.workers, ...workers },
      ...more,
    },
  }
}
