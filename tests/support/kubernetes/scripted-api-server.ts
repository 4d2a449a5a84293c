import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createSecureServer, type Http2SecureServer } from 'node:http2'
import { createServer, type Server } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type Certificate, selfSignedCertificate } from '../self-signed-certificate.ts'

export interface ScriptedRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

export type Answer = (request: ScriptedRequest, response: ServerResponse) => void | Promise<void>

/** An API server that answers as a test says, for failures that a real one cannot be brought to. */
export class ScriptedApiServer implements AsyncDisposable {
  /** What was asked so far. */
  readonly requests: ScriptedRequest[] = []
  /** How many connections were made. */
  connections = 0
  answer: Answer
  readonly certificate: Certificate
  readonly #server: Http2SecureServer | Server
  readonly #sockets = new Set<Socket>()
  readonly #folder: string

  private constructor(answer: Answer, folder: string, allowHttp2: boolean, certificate: Certificate) {
    this.answer = answer
    this.#folder = folder
    this.certificate = certificate
    const options = { key: certificate.key, cert: certificate.certificate }
    this.#server = allowHttp2 ? createSecureServer({ ...options, allowHTTP1: true }) : createServer(options)
    this.#server.on(
      'request',
      (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response),
    )
    this.#server.on('secureConnection', (socket: Socket) => {
      this.connections += 1
      this.#sockets.add(socket)
      socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket))
    })
    this.#server.on('sessionError', () => undefined)
  }

  static async start(
    answer: Answer,
    { http2 = true, certificate = selfSignedCertificate() } = {},
  ): Promise<ScriptedApiServer> {
    const folder = await mkdtemp(join(tmpdir(), 'metrics-pipeline-api-'))
    const server = new ScriptedApiServer(answer, folder, http2, certificate)
    server.#server.listen(0, '127.0.0.1')
    await once(server.#server, 'listening')
    await server.writeKubeConfig({ user: { token: 'secret-token' } })
    return server
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get kubeConfig(): string {
    return this.path('kubeconfig')
  }

  /** A file of this server's folder. */
  path(name: string): string {
    return join(this.#folder, name)
  }

  async writeKubeConfig({
    user,
    server = this.url,
    cluster = { 'certificate-authority-data': Buffer.from(this.certificate.certificate).toString('base64') },
  }: {
    readonly user: Readonly<Record<string, unknown>>
    readonly server?: string
    readonly cluster?: Readonly<Record<string, unknown>>
  }): Promise<void> {
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace: 'shop' } }],
      clusters: [{ name: 'test', cluster: { server, ...cluster } }],
      users: [{ name: 'test', user }],
    }
    await writeFile(this.kubeConfig, JSON.stringify(config))
  }

  /** From now on connections have this certificate. */
  present(certificate: Certificate): void {
    this.#server.setSecureContext({ key: certificate.key, cert: certificate.certificate })
  }

  /** Ends all connections without a word. */
  reset(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.reset()
    this.#server.close()
    await once(this.#server, 'close')
    await rm(this.#folder, { recursive: true })
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', this.url)
    const seen = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: await text(request),
    }
    this.requests.push(seen)
    await this.answer(seen, response)
  }
}

export function json(
  response: ServerResponse,
  body: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

/** As the API server says that something went wrong. */
export function failure(
  code: number,
  reason: string,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
): unknown {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, details }
}
