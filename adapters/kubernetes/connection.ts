import { createHash } from 'node:crypto'
import type { RequestOptions } from 'node:https'
import type { KubeConfig } from '@kubernetes/client-node'
import type { Dispatcher } from 'undici'
import { ServerLink, type TlsOptions } from './server-link.ts'

export interface ConnectionOptions {
  /** Called again when credentials are refused: what it reads may have changed. */
  readonly load: () => KubeConfig
  /** Name and version, for the API server's log and its priority levels. */
  readonly userAgent: string
}

export interface ConnectionRequest {
  readonly method: Dispatcher.HttpMethod
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | undefined
  readonly signal: AbortSignal
  /** Called at the last moment, when credentials and connection are there. What it throws, the request throws, and is not sent. */
  readonly beforeSending?: () => void
}

interface Access {
  readonly origin: string
  /** Some servers keep several clusters under one address. */
  readonly prefix: string
  readonly headers: Readonly<Record<string, string>>
  readonly tls: TlsOptions
  /** Equal when a connection made before is as good as a new one. */
  readonly fingerprint: string
}

interface Ready {
  readonly access: Access
  readonly link: ServerLink
}

interface Opening {
  readonly promise: Promise<ServerLink>
  readonly fingerprint: string
  opened?: ServerLink
}

/** Tokens and certificates in files are replaced while we run, long before they expire. */
const ACCESS_MS = 30_000

/**
 * An authenticated way to the API server, kept open. Certificates that were replaced get a connection of their own; refused credentials are
 * read again once, exec plugins included.
 */
export class KubernetesConnection {
  readonly #options: ConnectionOptions
  #config: KubeConfig
  #access: { readonly promise: Promise<Access>; readonly until: number } | undefined
  #lastAccess: Access | undefined
  #link: Opening | undefined

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#config = options.load()
  }

  /** Of the context or the pod. */
  get namespace(): string | undefined {
    const { currentContext } = this.#config
    return this.#config.getContextObject(currentContext)?.namespace
  }

  /** Another connection with the same credentials, for what must not wait behind anything. */
  separate(): KubernetesConnection {
    return new KubernetesConnection(this.#options)
  }

  /** Any answer, whatever its status. Throws when there is none. */
  async request(request: ConnectionRequest): Promise<Dispatcher.ResponseData> {
    const ready = await unlessAborted(this.#ready(), request.signal)
    const answer = await this.#send(ready, request)
    if (answer.statusCode !== 401) return answer
    await answer.body.dump()
    this.#forget(ready.access)
    return await this.#send(await unlessAborted(this.#ready(), request.signal), request)
  }

  close(): void {
    this.#link?.opened?.destroy(new Error('closed'))
    this.#link = undefined
  }

  #send({ access, link }: Ready, request: ConnectionRequest): Promise<Dispatcher.ResponseData> {
    const { method, path, headers, body, signal, beforeSending } = request
    beforeSending?.()
    return link.request({
      method,
      path: `${access.prefix}${path}`,
      headers: { 'user-agent': this.#options.userAgent, accept: 'application/json', ...access.headers, ...headers },
      body: body ?? null,
      signal,
    })
  }

  async #ready(): Promise<Ready> {
    const access = await this.#currentAccess()
    return { access, link: await this.#linkFor(access) }
  }

  async #currentAccess(): Promise<Access> {
    const now = performance.now()
    if (this.#access === undefined || this.#access.until < now)
      this.#access = { promise: accessBy(this.#config), until: now + ACCESS_MS }
    const { promise } = this.#access
    try {
      return (this.#lastAccess = await promise)
    } catch (error) {
      if (this.#access?.promise === promise) this.#access = undefined
      throw error
    }
  }

  /** Many may be refused at once, and only the first finds what was not read again yet. */
  #forget(access: Access): void {
    if (access !== this.#lastAccess) return
    this.#config = this.#options.load()
    this.#access = undefined
    this.#lastAccess = undefined
  }

  #linkFor(access: Access): Promise<ServerLink> {
    const { origin, tls, fingerprint } = access
    if (this.#link === undefined || this.#link.fingerprint !== fingerprint || this.#link.opened?.isDead) {
      this.#link?.opened?.retire()
      const link: Opening = { promise: ServerLink.open(origin, tls), fingerprint }
      this.#link = link
      link.promise.then(
        (opened) => {
          link.opened = opened
          if (this.#link !== link) opened.retire()
        },
        () => {
          if (this.#link === link) this.#link = undefined
          this.#access = undefined // the server may have a certificate of a new authority, which the file names
        },
      )
    }
    return this.#link.promise
  }
}

async function accessBy(config: KubeConfig): Promise<Access> {
  const options: RequestOptions & { servername?: string } = { headers: {} }
  await config.applyToHTTPSOptions(options)
  const { ca, cert, key, servername, rejectUnauthorized, auth } = options
  const tls = withoutUndefined({ ca, cert, key, servername, rejectUnauthorized }) as TlsOptions
  const headers = Object.fromEntries(
    Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value).trim()]),
  )
  if (typeof auth === 'string') headers['authorization'] = `Basic ${Buffer.from(auth).toString('base64')}`
  const { origin, pathname } = new URL(config.getCurrentCluster()?.server ?? '')
  return { origin, prefix: pathname.replace(/\/$/, ''), headers, tls, fingerprint: fingerprintOf(origin, tls) }
}

function fingerprintOf(origin: string, tls: TlsOptions): string {
  const parts = Object.entries(tls).map(([name, value]) => `${name}=${value}`)
  return createHash('sha256')
    .update(JSON.stringify([origin, ...parts]))
    .digest('hex')
}

function withoutUndefined(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined))
}

/** The connection is made for all who wait; one who is tired of waiting does not end it. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
