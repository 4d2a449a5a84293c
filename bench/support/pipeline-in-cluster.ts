import { execFileSync } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { countOpenWork } from '../../adapters/postgres/open-work.ts'
import { infoRecord } from '../../adapters/redis/info-record.ts'
import type { ApiObject } from '../../tests/support/cluster/api-client.ts'
import { builtImage } from '../../tests/support/cluster/images.ts'
import { OperatedCluster } from '../../tests/support/cluster/operated-cluster.ts'
import { PIPELINES } from '../../tests/support/cluster/pipeline-fixture.ts'
import { kubectl } from '../../tests/support/cluster/run-tool.ts'
import type { TestNamespace } from '../../tests/support/cluster/test-namespace.ts'
import { throwAwayFolder } from '../../tests/support/throw-away-folder.ts'
import { FleetWatch } from './fleet-watch.ts'
import { type BenchPipeline, openPipeline } from './pipeline.ts'
import type { BenchServers } from './servers.ts'

const SECRETS = { redis: 'bench-redis', postgres: 'bench-postgres' } as const
const READY_WITHIN = '180s'

/** What is not done yet. */
export interface Left {
  /** Entries that were not delivered, or not acknowledged. */
  readonly entries: number
  /** Marks, references and overdue rows. */
  readonly work: number
}

/**
 * A pipeline in a cluster: a control plane, the operator as helm installs it, exporter and workers as pods, which a played node runs as
 * processes of this machine. They are what the image holds; nothing is pulled, and there are no limits.
 */
export class PipelineInCluster implements AsyncDisposable {
  readonly pipeline: BenchPipeline
  readonly watch: FleetWatch
  readonly #redis: Redis
  readonly #namespace: TestNamespace
  readonly #resources: AsyncDisposableStack

  private constructor(
    pipeline: BenchPipeline,
    namespace: TestNamespace,
    { watch, redis }: { watch: FleetWatch; redis: Redis },
    resources: AsyncDisposableStack,
  ) {
    this.pipeline = pipeline
    this.watch = watch
    this.#redis = redis
    this.#namespace = namespace
    this.#resources = resources
  }

  /** Resolves when it is ready. `prepare` is done between the migration and that. */
  static async start(
    servers: BenchServers,
    object: unknown,
    prepare: (pipeline: BenchPipeline) => Promise<unknown> = async () => undefined,
  ): Promise<PipelineInCluster> {
    await using opening = new AsyncDisposableStack()
    const folder = await throwAwayFolder()
    opening.defer(() => rm(folder, { recursive: true }))
    const app = join(folder, 'app')
    execFileSync(process.execPath, ['tools/build-image.ts', app], { stdio: ['ignore', 'ignore', 'inherit'] })
    const pipeline = await openPipeline(object, await servers.freshDatabase())
    opening.defer(() => pipeline.pool.end())
    await prepare(pipeline)
    const operated = opening.use(await OperatedCluster.open(builtImage(app)))
    const namespace = opening.use(await operated.namespace())
    await writeSecret(namespace, SECRETS.redis, servers.redisUrl)
    await writeSecret(namespace, SECRETS.postgres, pipeline.databaseUrl)
    const { name } = pipeline.loaded.pipeline.metadata
    await namespace.create(PIPELINES, connected(object as ApiObject))
    const args = ['--namespace', namespace.name, 'wait', '--for=condition=Ready', `mp/${name}`]
    const { code, err } = await kubectl(namespace.cluster, [...args, `--timeout=${READY_WITHIN}`])
    if (code !== 0) throw new Error(err)
    const watch = opening.use(new FleetWatch(namespace, name))
    const redis = new Redis(servers.redisUrl, { protocol: 2 })
    opening.defer(() => redis.disconnect())
    return new PipelineInCluster(pipeline, namespace, { watch, redis }, opening.move())
  }

  async get(): Promise<ApiObject> {
    return await this.#namespace.get(PIPELINES, this.pipeline.loaded.pipeline.metadata.name)
  }

  async left(): Promise<Left> {
    const { loaded, pool } = this.pipeline
    const entries = await Promise.all(loaded.settings.streams.map(async (stream) => await this.#waiting(stream)))
    const { marks, references, rows } = await countOpenWork(pool, loaded.metricSet)
    return { entries: entries.reduce((sum, each) => sum + each, 0), work: marks + references + rows }
  }

  /** How long the oldest event has waited that is not done with, in seconds; 0 while there is none. */
  async oldestAge(): Promise<number> {
    const { settings } = this.pipeline.loaded
    const ids = await Promise.all(settings.streams.map(async (stream) => await this.#oldestId(stream)))
    const times = ids.flatMap((id) => (id === undefined ? [] : [Number(id.split('-')[0])]))
    return times.length === 0 ? 0 : (Date.now() - Math.min(...times)) / 1_000
  }

  /** Of all that ever came, the part that came into the fullest stream. */
  async largestShare(): Promise<number> {
    const { streams } = this.pipeline.loaded.settings
    const added = await Promise.all(
      streams.map(async (stream) =>
        Number(infoRecord((await this.#redis.xinfo('STREAM', stream)) as unknown[])['entries-added']),
      ),
    )
    return Math.max(...added) / added.reduce((sum, each) => sum + each, 0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync()
  }

  /** Counted one by one: no server is taken at its word here. */
  async #waiting(stream: string): Promise<number> {
    const { pending, lastDelivered } = await this.#group(stream)
    return pending + (await this.#redis.xrange(stream, `(${lastDelivered}`, '+')).length
  }

  /** What is pending is older than what was not delivered yet. */
  async #oldestId(stream: string): Promise<string | undefined> {
    const { name, pending, lastDelivered } = await this.#group(stream)
    const [first] =
      pending > 0
        ? ((await this.#redis.xpending(stream, name, '-', '+', 1)) as [string][])
        : await this.#redis.xrange(stream, `(${lastDelivered}`, '+', 'COUNT', 1)
    return first?.[0]
  }

  /** As if it were there and had nothing, where no worker has made it. */
  async #group(stream: string): Promise<{ name: string; pending: number; lastDelivered: string }> {
    const name = this.pipeline.loaded.settings.consumerGroup
    const groups = (await this.#redis.exists(stream)) === 0 ? [] : await this.#redis.xinfo('GROUPS', stream)
    const group = (groups as unknown[][]).map(infoRecord).find((each) => each['name'] === name)
    return {
      name,
      pending: Number(group?.['pending'] ?? 0),
      lastDelivered: String(group?.['last-delivered-id'] ?? '0-0'),
    }
  }
}

async function writeSecret(namespace: TestNamespace, name: string, url: string): Promise<void> {
  await namespace.create('secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: { url } })
}

function connected({ spec, ...rest }: ApiObject): ApiObject {
  const connection = (name: string) => ({ secretKeyRef: { name, key: 'url' } })
  return {
    ...rest,
    spec: {
      ...spec,
      source: { redisStreams: { ...spec.source.redisStreams, connection: connection(SECRETS.redis) } },
      database: { ...spec.database, connection: connection(SECRETS.postgres) },
    },
  }
}
