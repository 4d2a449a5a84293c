import type { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { buildConnector, Client, type Dispatcher, Pool } from 'undici'

/** By the machine's own certificates unless `ca` says otherwise. */
export type TlsOptions = Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>

const CONNECT_TIMEOUT_MS = 5_000

/** Below the idle limit of common load balancers. */
const KEEP_ALIVE_MS = 30_000

const PING_MS = 3_000
const UNANSWERED_PINGS = 3

/** A request that waited for longer than a ping and its answer take. */
const LONG_WAIT_MS = PING_MS + 1_000

/** No limit of the library's own: every request brings its time limit, and a watch may be silent for long. */
const OPTIONS = {
  headersTimeout: 0,
  bodyTimeout: 0,
  keepAliveTimeout: 60_000,
  connect: { timeout: CONNECT_TIMEOUT_MS },
}

/**
 * The way to one server under one set of certificates. With HTTP/2 all requests and watches share one connection, and pings tell within 15 s
 * when nothing gets through any more. With HTTP/1.1 there is one connection for each request that runs at the same time.
 *
 * A link that is dead stays dead: open another.
 */
export class ServerLink {
  readonly #dispatcher: Client | Pool
  readonly #pings: NodeJS.Timeout | undefined
  #heardAt = performance.now()
  #unanswered = 0
  #dead = false

  private constructor(dispatcher: Client | Pool) {
    this.#dispatcher = dispatcher
    if (dispatcher instanceof Pool) return
    dispatcher.on('connect', () => this.#hear())
    ;(dispatcher as EventEmitter).on('ping', () => this.#hear()) // which its types do not know
    this.#pings = setInterval(() => this.#count(dispatcher), PING_MS).unref()
  }

  /** Connects, to learn what the server speaks. */
  static async open(origin: string, tls: TlsOptions): Promise<ServerLink> {
    const connect = buildConnector({
      ...tls,
      allowH2: true,
      preferH2: true,
      timeout: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
    })
    const first = await firstSocket(connect, new URL(origin))
    const speaks = protocolOf(first)
    let unused: Socket | undefined = first
    const again: buildConnector.connector = (options, callback) =>
      connect(options, (...[error, socket]) => {
        if (error !== null || protocolOf(socket) !== speaks) link.retire() // what was learned does not hold any more
        if (error === null) callback(null, socket)
        else callback(error, null)
      })
    const connector: buildConnector.connector = (options, callback) => {
      const socket = unused
      unused = undefined
      if (socket === undefined || socket.destroyed) again(options, callback)
      else queueMicrotask(() => callback(null, socket))
    }
    const link = new ServerLink(
      speaks === 'h2'
        ? new Client(origin, { ...OPTIONS, connect: connector, h2Options: { pingInterval: PING_MS } })
        : new Pool(origin, { ...OPTIONS, connect: connector }),
    )
    return link
  }

  get isDead(): boolean {
    return this.#dead
  }

  async request(options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData> {
    const sentAt = performance.now()
    try {
      const answer = await this.#dispatcher.request(options)
      this.#hear()
      return answer
    } catch (error) {
      this.#doubt(sentAt)
      throw error
    }
  }

  /** For no new requests; those that run may end. */
  retire(): void {
    this.#end()
    this.#dispatcher.close().catch(() => undefined) // what it was used for has failed, and told so
  }

  destroy(reason: Error): void {
    this.#end()
    this.#dispatcher.destroy(reason).catch(() => undefined)
  }

  /** When nothing at all was heard while a request waited, it is the connection and not the request. */
  #doubt(sentAt: number): void {
    const waitedMs = performance.now() - sentAt
    if (waitedMs > LONG_WAIT_MS && this.#heardAt < sentAt && this.#dispatcher instanceof Client)
      this.destroy(new Error('the connection is silent'))
  }

  #end(): void {
    this.#dead = true
    clearInterval(this.#pings)
  }

  #hear(): void {
    this.#heardAt = performance.now()
    this.#unanswered = 0
  }

  /** Counted, not timed: after this process itself was asleep nobody else is to blame. */
  #count(client: Client): void {
    if (!client.stats.connected) this.#unanswered = 0
    else if (++this.#unanswered > UNANSWERED_PINGS) this.destroy(new Error('pings are not answered'))
  }
}

function firstSocket(connect: buildConnector.connector, { hostname, host, protocol, port }: URL): Promise<Socket> {
  return new Promise((resolve, reject) => {
    connect({ hostname: hostname.replace(/^\[|\]$/g, ''), host, protocol, port }, (...[error, socket]) => {
      if (error !== null) return reject(error)
      socket.on('error', () => undefined) // until somebody uses it: they will notice
      resolve(socket)
    })
  })
}

function protocolOf(socket: Socket | TLSSocket): 'h2' | 'http/1.1' {
  return 'alpnProtocol' in socket && socket.alpnProtocol === 'h2' ? 'h2' : 'http/1.1'
}
