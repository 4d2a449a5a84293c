import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ProbePage {
  /** Default: 200. */
  readonly status?: number
  readonly contentType: string
  readonly body: string
}

export interface ProbeServerOptions {
  readonly port: number
  readonly host: string
  /** Null when ready, else why not. */
  readonly readiness: () => string | null
  readonly metrics: () => Promise<ProbePage>
  /** What else is served, by its path. One that ends in a name in angle brackets is given that name, and may know nothing of it. */
  readonly pages?: Readonly<Record<string, (name: string, query: URLSearchParams) => ProbePage | undefined>>
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
    const [path = '', query = ''] = url.split('?')
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
        return this.#sendPage(path, new URLSearchParams(query), response)
    }
  }

  #sendPage(path: string, query: URLSearchParams, response: ServerResponse): void {
    const { pages = {} } = this.#options
    const [key, name] = Object.hasOwn(pages, path) ? [path, ''] : namedPage(Object.keys(pages), path)
    const page = pages[key]?.(name, query)
    if (page !== undefined) return send(response, page.status ?? 200, page.body, page.contentType)
    const others = Object.keys(pages).map((other) => `${other}, `)
    send(response, 404, `try ${others.join('')}/livez, /readyz or /metrics\n`)
  }
}

function namedPage(keys: readonly string[], path: string): readonly [key: string, name: string] {
  const start = path.lastIndexOf('/') + 1
  return [keys.find((each) => each.startsWith(`${path.slice(0, start)}<`)) ?? '', path.slice(start)]
}

function send(response: ServerResponse, status: number, body: string, contentType = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': contentType }).end(body)
}
