import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ProbePage {
  readonly contentType: string
  readonly body: string
}

export interface ProbeServerOptions {
  readonly port: number
  readonly host: string
  /** Null when ready, else why not. */
  readonly readiness: () => string | null
  readonly metrics: () => Promise<ProbePage>
  /** What else is served, by its path. */
  readonly pages?: Readonly<Record<string, () => ProbePage>>
}

/** `/livez`, `/readyz`, `/metrics` and what a process has to tell besides, on one port. */
export class ProbeServer {
  readonly #server: Server
  readonly #options: ProbeServerOptions

  constructor(options: ProbeServerOptions) {
    this.#options = options
    this.#server = createServer((request, response) => {
      this.#answer(request.method ?? '', request.url ?? '', response).catch((error: Error) => {
        if (!response.headersSent) send(response, 500, `${error.message}\n`)
      })
    })
    this.#server.headersTimeout = 5_000
    this.#server.requestTimeout = 10_000
  }

  /** Resolves with the port once it listens. */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(this.#options.port, this.#options.host, () =>
        resolve((this.#server.address() as AddressInfo).port),
      )
    })
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }

  async #answer(method: string, url: string, response: ServerResponse): Promise<void> {
    if (method !== 'GET' && method !== 'HEAD') return send(response, 405, 'method not allowed\n')
    const [path = ''] = url.split('?')
    switch (path) {
      case '/livez':
        return send(response, 200, 'ok\n')
      case '/readyz': {
        const reason = this.#options.readiness()
        return reason === null ? send(response, 200, 'ok\n') : send(response, 503, `${reason}\n`)
      }
      case '/metrics': {
        const { contentType, body } = await this.#options.metrics()
        return send(response, 200, body, contentType)
      }
      default:
        return this.#sendPage(path, response)
    }
  }

  #sendPage(path: string, response: ServerResponse): void {
    const { pages = {} } = this.#options
    const page = Object.hasOwn(pages, path) ? pages[path]?.() : undefined
    if (page !== undefined) return send(response, 200, page.body, page.contentType)
    const others = Object.keys(pages).map((other) => `${other}, `)
    send(response, 404, `try ${others.join('')}/livez, /readyz or /metrics\n`)
  }
}

function send(response: ServerResponse, status: number, body: string, contentType = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': contentType }).end(body)
}
