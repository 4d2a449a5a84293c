import { rm } from 'node:fs/promises'
import { Redis } from 'ioredis'
import { expect } from 'vitest'
import { LOOPBACK } from '../../adapters/process/servers/free-port.ts'
import { GuardedProcess } from '../../adapters/process/servers/guarded-process.ts'
import { unpackRedisPackages } from '../../adapters/process/servers/redis-from-packages.ts'
import { findRedisOnPath } from '../../adapters/process/servers/redis-on-path.ts'
import { eventually } from './eventually.ts'
import { freePorts } from './free-ports.ts'
import { throwAwayFolder } from './throw-away-folder.ts'

const PASSWORD = 'of-a-cluster-of-a-test'

/** Each server has a third of them. */
const SLOTS = [
  [0, 5_460],
  [5_461, 10_922],
  [10_923, 16_383],
] as const

/** One server of a cluster, which a test may kill and start again. */
class Node {
  readonly url: string
  readonly port: number
  readonly busPort: number
  readonly #folder: string
  #process: GuardedProcess | undefined

  private constructor(port: number, busPort: number, folder: string) {
    this.url = `redis://:${PASSWORD}@${LOOPBACK}:${port}/0`
    this.port = port
    this.busPort = busPort
    this.#folder = folder
  }

  static async create(port: number, busPort: number): Promise<Node> {
    return new Node(port, busPort, await throwAwayFolder())
  }

  async start(): Promise<void> {
    const program = (await findRedisOnPath(process.env['PATH'] ?? '')) ?? (await unpackRedisPackages(() => undefined))
    if (program === undefined) throw new Error('no Redis is here that can be started as a process')
    const settings = {
      bind: LOOPBACK,
      port: this.port,
      'cluster-port': this.busPort,
      'cluster-enabled': 'yes',
      dir: this.#folder,
      requirepass: PASSWORD,
      masterauth: PASSWORD,
      save: '',
      appendonly: 'yes',
    }
    const { process: started } = await GuardedProcess.start({
      file: program.file,
      args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
      env: { ...process.env, ...program.env },
      stopSignal: 'TERM',
      forceSignal: 'KILL',
    })
    this.#process = started
    await this.ask((redis) => redis.ping())
  }

  async stop(): Promise<void> {
    await this.#process?.stop()
  }

  /** Asks until the server answers. */
  async ask<T>(question: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis(this.url)
    redis.on('error', () => undefined)
    return await question(redis).finally(() => redis.disconnect())
  }

  async remove(): Promise<void> {
    await this.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** Three servers that have a third of all slots each, and a copy of the last one. */
export class RedisCluster implements AsyncDisposable {
  readonly nodes: readonly Node[]
  readonly copy: Node

  private constructor(nodes: readonly Node[], copy: Node) {
    this.nodes = nodes
    this.copy = copy
  }

  get #all(): readonly Node[] {
    return [...this.nodes, this.copy]
  }

  static async start(): Promise<RedisCluster> {
    const ports = await freePorts(2 * (SLOTS.length + 1))
    const [copy, ...nodes] = await Promise.all(
      [...SLOTS, 'the copy'].map((_, n) => Node.create(ports[2 * n] as number, ports[2 * n + 1] as number)),
    )
    const cluster = new RedisCluster(nodes, copy as Node)
    try {
      await cluster.#join()
      return cluster
    } catch (error) {
      await cluster[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Any of its servers'. */
  get url(): string {
    return (this.nodes[0] as Node).url
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map((node) => node.remove()))
  }

  async #join(): Promise<void> {
    await Promise.all(this.#all.map((node) => node.start()))
    for (const [i, node] of this.nodes.entries())
      await node.ask((redis) => redis.call('CLUSTER', 'ADDSLOTSRANGE', ...(SLOTS[i] ?? [])))
    for (const [i, node] of this.#all.entries())
      for (const { port, busPort } of this.#all.slice(0, i))
        await node.ask((redis) => redis.call('CLUSTER', 'MEET', LOOPBACK, port, busPort))
    for (const node of this.#all)
      await eventually(async () => expect(await node.ask((redis) => redis.call('CLUSTER', 'INFO'))).toMatch(READY))
    const id = await this.nodes.at(-1)?.ask((redis) => redis.call('CLUSTER', 'MYID'))
    await this.copy.ask((redis) => redis.call('CLUSTER', 'REPLICATE', String(id)))
    await eventually(async () => expect(await this.copy.ask((redis) => redis.info())).toMatch('master_link_status:up'))
  }
}

const READY = /cluster_state:ok.*cluster_slots_ok:16384.*cluster_known_nodes:4/s
