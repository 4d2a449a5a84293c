import { expect } from 'vitest'
import { eventually } from './eventually.ts'
import { PipelineOnServers, type PipelineServers } from './pipeline-on-servers.ts'
import { ShardAudit } from './shard-audit.ts'
import { type ShopOptions, shopPipeline } from './shop-manifest.ts'
import { WorkerProcess, type WorkerWays } from './worker-process.ts'

export interface FleetOptions extends ShopOptions {
  readonly servers?: PipelineServers
}

const DEFAULTS = { sharded: { prefix: 'shop', shards: 4 }, batchSize: 40, windows: ['7d', '30d', '90d'] }

/** A pipeline over orders of shops, in four shards, whose workers are processes of their own that a test may kill, freeze and cut off. */
export class WorkerFleet implements AsyncDisposable {
  readonly shops: PipelineOnServers
  readonly audit: ShardAudit
  readonly workers: WorkerProcess[] = []

  private constructor(shops: PipelineOnServers, audit: ShardAudit) {
    this.shops = shops
    this.audit = audit
  }

  static async open({ servers, ...options }: FleetOptions = {}): Promise<WorkerFleet> {
    const shops = await PipelineOnServers.open(shopPipeline({ ...DEFAULTS, ...options }), servers)
    try {
      return new WorkerFleet(shops, await ShardAudit.install(shops.db))
    } catch (error) {
      await shops[Symbol.asyncDispose]()
      throw error
    }
  }

  /** A worker that reads by now. */
  async start(name: string, ways?: WorkerWays): Promise<WorkerProcess> {
    const worker = await this.launch(name, ways)
    await worker.reads()
    return worker
  }

  /** A worker that may not even come to reading. */
  async launch(name: string, ways?: WorkerWays): Promise<WorkerProcess> {
    const worker = await WorkerProcess.start(name, this.shops, ways)
    this.workers.push(worker)
    return worker
  }

  /** Resolves once each worker holds so many shards, by its name. */
  async shared(shares: Readonly<Record<string, number>>, options?: { readonly withinMs: number }): Promise<void> {
    await eventually(async () => expect(await this.shares()).toEqual(shares), options)
  }

  /** How far each shard is committed, in order. */
  async positions(): Promise<readonly string[]> {
    const { rows } = await this.shops.db.query<{ position: string }>(
      "select entry_ms || '-' || entry_seq as position from mp_shard order by shard",
    )
    return rows.map(({ position }) => position)
  }

  /** How many shards each worker holds, by its name. */
  async shares(): Promise<Readonly<Record<string, number>>> {
    const { rows } = await this.shops.db.query<{ owner: string; shards: number }>(
      'select owner, count(*)::int as shards from mp_shard where owner is not null and expires_at > clock_timestamp() group by 1 order by 1',
    )
    return Object.fromEntries(rows.map(({ owner, shards }) => [owner, shards]))
  }

  /** Entries that were delivered and not acknowledged. */
  async pending(): Promise<number> {
    const counts = await Promise.all(this.shops.pipeline.settings.streams.map((stream) => this.shops.pending(stream)))
    return counts.reduce((sum, count) => sum + count, 0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker[Symbol.asyncDispose]()))
    await this.shops[Symbol.asyncDispose]()
  }
}
