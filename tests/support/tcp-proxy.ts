import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { Transform } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'

const LOOPBACK = '127.0.0.1'

type Direction = 'requests' | 'replies'

/** What gets through between a client and its server. */
interface Way {
  abandoned: boolean
  /** When each piece of an answer came from the server. */
  readonly cameAt: WeakMap<Buffer, number>
}

/** A way to a server that a test can close and open again, for clients that must survive it. */
export class TcpProxy implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #ways = new Set<Way>()
  readonly #stalls = new Map<Direction, PromiseWithResolvers<void>>()
  #target: URL
  #open = true
  #replyDelayMs = 0
  #stallingAt: { readonly text: string; readonly done: () => void } | undefined
  #swallowing: { readonly text: string; readonly done: () => void } | undefined

  private constructor(target: URL) {
    this.#target = target
    this.#server = createServer((client) => this.#join(client))
  }

  /** `url` is the server's; the proxy's own `url` differs in host and port only. */
  static async to(url: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(new URL(url))
    proxy.#server.listen(0, LOOPBACK)
    await once(proxy.#server, 'listening')
    return proxy
  }

  get url(): string {
    const url = new URL(this.#target)
    url.host = `${LOOPBACK}:${(this.#server.address() as AddressInfo).port}`
    return url.href
  }

  /** How many connections are open. */
  get connections(): number {
    return Math.ceil(this.#sockets.size / 2)
  }

  /** Ends all connections; new ones are ended as soon as they are made. */
  cut(): void {
    this.#open = false
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Ends all connections, while new ones are welcome. */
  interrupt(): void {
    this.cut()
    this.#open = true
  }

  /** Nothing gets through, not even the end of a connection, while all stay open and new ones are accepted: packets are lost. */
  stall(directions: readonly Direction[] = ['requests', 'replies']): void {
    for (const direction of directions) this.#stalls.set(direction, Promise.withResolvers())
  }

  /** The same, from the next request with `text` in it on, which is the first that does not get through. Resolves when that has happened. */
  stallAt(text: string): Promise<void> {
    return new Promise((done) => {
      this.#stallingAt = { text, done }
    })
  }

  /** What was cut can be made anew, and what was stalled arrives. */
  restore(): void {
    this.#open = true
    for (const { resolve } of this.#stalls.values()) resolve()
    this.#stalls.clear()
  }

  /** Nothing ever gets through again on the connections that there are, and nobody is told; new ones are welcome: the machine was replaced. */
  abandon(): void {
    for (const way of this.#ways) way.abandoned = true
  }

  /** How many abandoned connections there are of which their clients still expect something. */
  get abandoned(): number {
    return [...this.#ways].filter(({ abandoned }) => abandoned).length
  }

  /** Every answer takes so much longer: a longer way, not a narrower one. Answers that come together arrive together, in however many pieces. */
  slowDown(byMs: number): void {
    this.#replyDelayMs = byMs
  }

  /** New connections go to this server, which has the same passwords. */
  retarget(url: string): void {
    this.#target = new URL(url)
  }

  /** The next piece of an answer with `text` in it gets lost on the way, while all connections stay open. Resolves when that has happened. */
  swallow(text: string): Promise<void> {
    return new Promise((done) => {
      this.#swallowing = { text, done }
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #join(client: Socket): void {
    this.#keep(client)
    if (!this.#open) return void client.destroy()
    const server = this.#keep(connect(Number(this.#target.port), this.#target.hostname))
    const way: Way = { abandoned: false, cameAt: new WeakMap() }
    this.#ways.add(way)
    server.on('data', (piece) => way.cameAt.set(piece, performance.now()))
    client.pipe(this.#gate('requests', way)).pipe(server)
    server.pipe(this.#gate('replies', way)).pipe(client)
    client.on('close', () => {
      this.#ways.delete(way)
      void this.#end('requests', way, server)
    })
    server.on('close', () => this.#end('replies', way, client))
  }

  #gate(direction: Direction, way: Way): Transform {
    return new Transform({
      transform: async (piece: Buffer, _encoding, pass) => {
        await this.#travel(way.cameAt.get(piece))
        if (direction === 'requests') this.#stallsAt(piece)
        await this.#stalls.get(direction)?.promise
        if (way.abandoned || (direction === 'replies' && this.#swallows(piece))) pass()
        else pass(null, piece)
      },
    })
  }

  async #travel(cameAt: number | undefined): Promise<void> {
    if (cameAt === undefined) return
    const leftMs = cameAt + this.#replyDelayMs - performance.now()
    if (leftMs > 0) await delay(leftMs)
  }

  #stallsAt(piece: Buffer): void {
    const { text, done } = this.#stallingAt ?? {}
    if (text === undefined || !piece.includes(text)) return
    this.#stallingAt = undefined
    this.stall()
    done?.()
  }

  #swallows(piece: Buffer): boolean {
    const { text, done } = this.#swallowing ?? {}
    if (text === undefined || !piece.includes(text)) return false
    this.#swallowing = undefined
    done?.()
    return true
  }

  async #end(direction: Direction, way: Way, other: Socket): Promise<void> {
    await this.#stalls.get(direction)?.promise
    if (!way.abandoned) other.destroy()
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => undefined) // `close` follows
    return socket
  }
}
