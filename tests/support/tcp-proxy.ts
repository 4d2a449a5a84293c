import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { Transform } from 'node:stream'

const LOOPBACK = '127.0.0.1'

/** A way to a server that a test can close and open again, for clients that must survive it. */
export class TcpProxy implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #target: URL
  #open = true
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

  restore(): void {
    this.#open = true
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
    client.pipe(server).pipe(this.#swallower()).pipe(client)
    client.on('close', () => server.destroy())
    server.on('close', () => client.destroy())
  }

  #swallower(): Transform {
    return new Transform({
      transform: (piece: Buffer, _encoding, pass) => {
        const { text, done } = this.#swallowing ?? {}
        if (text === undefined || !piece.includes(text)) return pass(null, piece)
        this.#swallowing = undefined
        done?.()
        pass()
      },
    })
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => undefined) // `close` follows
    return socket
  }
}
