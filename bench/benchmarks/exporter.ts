import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { openPostgres } from '../../adapters/process/servers/find-postgres.ts'
import type { NamespaceSignals, PipelineSignals } from '../../core/signals/pipeline-signals.ts'
import type { SignalsSince } from '../../core/signals/signals-since.ts'
import { eventually } from '../../tests/support/eventually.ts'
import { MountedFolder } from '../../tests/support/mounted-folder.ts'
import { RunningProcess } from '../../tests/support/running-process.ts'
import { throwAwayFolder } from '../../tests/support/throw-away-folder.ts'
import { type Benchmark, type Figure, quantile } from '../support/bench.ts'
import { openPipeline } from '../support/pipeline.ts'
import { cpuSecondsOf, memoryOf } from '../support/process-usage.ts'
import { type BenchServers, withClient } from '../support/servers.ts'
import { pipelineA } from '../workloads/workload-a.ts'

const SHARDS = 8

/** One session of each pipeline; PostgreSQL as started here has room for so many. */
const PIPELINES_ON_A_SERVER = 170

/** How the image starts it: a quarter of the limit that the operator sets, 896 MiB for a thousand, is for the heap. */
const AS_IN_THE_IMAGE = ['--max-semi-space-size=4', '--max-old-space-size=224']

const ASKED_EVERY_MS = 2_000
const WATCHED_MS = 60_000
const WAKES = 20
const POLL_MS = 25

/** What waits in each stream while workers keep up, and then when they do not. */
const [FEW, MANY] = [50, 2_000]

/** The same in two minutes, to see whether a change helps. */
export const exporterOfFifty = benchmarkOf('exporter-50', 50)

export const exporter = benchmarkOf('exporter', 1_000)

function benchmarkOf(name: string, pipelines: number): Benchmark {
  return {
    name,
    summary: `the exporter of ${pipelines.toLocaleString('en')} pipelines with ${SHARDS} shards each, asked every two seconds for what is new`,
    onRequest: true,
    run: (servers, log) => measure(servers, pipelines, log).then((figures) => ({ figures })),
  }
}

async function measure(
  servers: BenchServers,
  count: number,
  log: (message: string) => void,
): Promise<readonly Figure[]> {
  await using resources = new AsyncDisposableStack()
  const redis = resources.adopt(new Redis(servers.redisUrl, { protocol: 2 }), (client) => client.disconnect())
  log(`making ${count * SHARDS} streams`)
  await makeStreams(redis, count)
  const databases = await openDatabases(Math.ceil(count / PIPELINES_ON_A_SERVER), log, resources)
  const watched = resources.use(await Watched.start(count, servers.redisUrl, databases))
  log('waiting for the first look at each of them')
  await watched.ready()
  let cursor = ''
  const ask = async () => {
    ;({ cursor } = await watched.signalsSince(cursor))
  }
  const asked = setInterval(() => void ask().catch(() => undefined), ASKED_EVERY_MS)
  resources.defer(() => clearInterval(asked))

  log('none has a worker, nothing comes')
  const figures = [...(await usage('at zero, at rest', watched, redis, count)), ...(await wakes(watched, redis, count))]
  log('each has a worker')
  await Promise.all(databases.map(pretendWorker))
  await eventually(async () => {
    const seen = Object.values(await watched.signals())
    if (!seen.every(({ database }) => 'members' in database && database.members.length === 1))
      throw new Error('not yet')
  })
  figures.push(...(await usage('with workers, at rest', watched, redis, count)))
  log('some entries wait in each stream')
  await fill(redis, count, FEW)
  figures.push(...(await usage('with workers, some waiting', watched, redis, count)))
  log('a tenth of them is far behind')
  await fill(redis, count / 10, MANY)
  figures.push(...(await usage('with workers, a tenth far behind', watched, redis, count)))
  return [...figures, { what: 'memory, at most', value: memoryOf(watched.pid).peak, unit: 'MB' }]
}

/** Of everything that it does: reading, folding, being asked. One that gets less time than it needs shows by fewer looks. */
async function usage(what: string, watched: Watched, redis: Redis, count: number): Promise<readonly Figure[]> {
  await delay(5_000) // whatever was told just now is read by then
  const [cpu, ofRedis, looks] = [cpuSecondsOf(watched.pid), await redisSeconds(redis), await watched.looks()]
  const startedAt = performance.now()
  await delay(WATCHED_MS)
  const seconds = (performance.now() - startedAt) / 1_000
  const looked = ((await watched.looks()) - looks) / seconds
  const target = count === 1_000 ? { target: '<= 20' } : {}
  return [
    { what, value: ((cpuSecondsOf(watched.pid) - cpu) * 100) / seconds, unit: '% of a core', ...target },
    { what: `${what}: Redis`, value: (((await redisSeconds(redis)) - ofRedis) * 100) / seconds, unit: '% of a core' },
    { what: `${what}: looks`, value: looked, unit: '/s' },
  ]
}

async function redisSeconds(redis: Redis): Promise<number> {
  const info = await redis.info('cpu')
  return [...info.matchAll(/^used_cpu_(?:sys|user):([\d.]+)/gm)].reduce((sum, [, seconds]) => sum + Number(seconds), 0)
}

/** From an entry's being added to a pipeline without workers to its being seen by whoever asks. */
async function wakes(watched: Watched, redis: Redis, count: number): Promise<readonly Figure[]> {
  const seconds: number[] = []
  for (let wake = 0; wake < WAKES; wake++) {
    const pipeline = Math.floor((wake * count) / WAKES)
    const addedAt = performance.now()
    await redis.xadd(streamOf(pipeline, wake % SHARDS), '*', 'a', 'b')
    for (;;) {
      const { source } = await watched.signalsOf(pipeline)
      if ('backlog' in source && source.backlog === 1) break
      await delay(POLL_MS)
    }
    seconds.push((performance.now() - addedAt) / 1_000)
  }
  return [
    { what: 'one entry at zero, seen: median', value: quantile(seconds, 0.5), unit: 's' },
    { what: 'one entry at zero, seen: p95', value: quantile(seconds, 0.95), unit: 's', target: '<= 2' },
  ]
}

/** The exporter as a process, with the folders that the kubelet would mount for it. */
class Watched implements AsyncDisposable {
  readonly #process: RunningProcess
  readonly #folders: readonly MountedFolder[]
  #port = ''

  private constructor(process: RunningProcess, folders: readonly MountedFolder[]) {
    this.#process = process
    this.#folders = folders
  }

  static async start(count: number, redisUrl: string, databases: readonly string[]): Promise<Watched> {
    const numbers = Array.from({ length: count }, (_, n) => n)
    const pipelines = await MountedFolder.create(
      Object.fromEntries(numbers.map((n) => [`${nameOf(n)}.yaml`, JSON.stringify(pipelineOf(n))])),
    )
    const connections = await MountedFolder.create(
      Object.fromEntries(
        numbers.flatMap((n) => [
          [`${nameOf(n)}/redis-url`, redisUrl],
          [`${nameOf(n)}/database-url`, databases[n % databases.length]],
        ]),
      ),
    )
    const child = spawn(process.execPath, [...AS_IN_THE_IMAGE, 'dist/exporter.mjs'], {
      env: {
        PATH: process.env['PATH'],
        MALLOC_ARENA_MAX: '1',
        PIPELINES_DIR: pipelines.path,
        CONNECTIONS_DIR: connections.path,
        LOG_LEVEL: 'info',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return new Watched(new RunningProcess(child), [pipelines, connections])
  }

  get pid(): number {
    return this.#process.pid
  }

  async ready(): Promise<void> {
    ;[, this.#port = ''] = await this.#process.saying(/"port":(\d+)/)
    await eventually(async () => {
      const { ok } = await fetch(`http://127.0.0.1:${this.#port}/readyz`)
      if (!ok) throw new Error('not yet')
    })
  }

  async signals(): Promise<NamespaceSignals['pipelines']> {
    return ((await this.#ask('/signals')) as NamespaceSignals).pipelines
  }

  /** As the operator asks. */
  async signalsSince(cursor: string): Promise<SignalsSince> {
    return (await this.#ask(`/signals?since=${cursor}`)) as SignalsSince
  }

  async signalsOf(pipeline: number): Promise<PipelineSignals> {
    return (await this.#ask(`/signals/${nameOf(pipeline)}`)) as PipelineSignals
  }

  /** How many so far, at streams and at databases. */
  async looks(): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.#port}/metrics`)).text()
    const counts = text.matchAll(/^mp_exporter_look_duration_seconds_count\S* (\d+)$/gm)
    return [...counts].reduce((sum, [, looks]) => sum + Number(looks), 0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGTERM')
    await this.#process.ended
    for (const folder of this.#folders) await folder[Symbol.asyncDispose]()
  }

  async #ask(path: string): Promise<unknown> {
    return await (await fetch(`http://127.0.0.1:${this.#port}${path}`)).json()
  }
}

function nameOf(pipeline: number): string {
  return `orders-${pipeline}`
}

function streamOf(pipeline: number, shard: number): string {
  return `${nameOf(pipeline)}:{${shard}}`
}

function pipelineOf(pipeline: number): unknown {
  const sharded = { prefix: nameOf(pipeline), shards: SHARDS }
  const manifest = pipelineA({ quiet: '1s', maxWait: '1s' }, { sharded }) as { readonly spec: object }
  return { ...manifest, metadata: { name: nameOf(pipeline) } }
}

/** All that was added was delivered and acknowledged. */
async function makeStreams(redis: Redis, count: number): Promise<void> {
  for (let pipeline = 0; pipeline < count; pipeline++) {
    const commands = Array.from({ length: SHARDS }, (_, shard) => [
      ['xadd', streamOf(pipeline, shard), '*', 'a', 'b'],
      ['xgroup', 'CREATE', streamOf(pipeline, shard), nameOf(pipeline), '$'],
    ])
    await redis.pipeline(commands.flat()).exec()
  }
}

async function fill(redis: Redis, count: number, entries: number): Promise<void> {
  for (let pipeline = 0; pipeline < count; pipeline++) {
    const streams = Array.from({ length: SHARDS }, (_, shard) => streamOf(pipeline, shard))
    const all = streams.flatMap((stream) => Array.from({ length: entries }, () => ['xadd', stream, '*', 'a', 'b']))
    await redis.pipeline(all).exec()
  }
}

/** A migrated database on each of some servers. Pipelines share them, for an exporter only reads. */
async function openDatabases(
  count: number,
  log: (message: string) => void,
  resources: AsyncDisposableStack,
): Promise<readonly string[]> {
  const urls: string[] = []
  for (let server = 0; server < count; server++) {
    const dataDir = resources.adopt(await throwAwayFolder(), (folder) => rm(folder, { recursive: true, force: true }))
    const postgres = resources.adopt(
      await openPostgres({ dataDir: join(dataDir, 'postgres'), log, durable: false }),
      (open) => open.stop(),
    )
    const { pool } = await openPipeline(pipelineOf(0), postgres.url)
    await pool.end()
    urls.push(postgres.url)
  }
  return urls
}

/** One that never falls silent, and of which is known what it can do. */
async function pretendWorker(databaseUrl: string): Promise<void> {
  await withClient(databaseUrl, (client) =>
    client.query(
      "insert into mp_member (consumer, heartbeat_at, busy_ms, entries_done) values ('worker-0', now() + interval '1 day', 2000, 20000)",
    ),
  )
}
