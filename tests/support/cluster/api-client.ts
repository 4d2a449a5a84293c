import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { createInterface } from 'node:readline'
import type { ApiAccess } from './api-access.ts'

/** An object of the API as it is in JSON, of which tests read what they like. */
// biome-ignore lint/suspicious/noExplicitAny: a test would otherwise cast at every step into a status
export type ApiObject = Record<string, any>

export type PatchType = 'merge' | 'strategic-merge' | 'json' | 'apply'

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  readonly object: ApiObject
}

interface Asked {
  readonly body?: unknown
  readonly contentType?: string
  readonly signal?: AbortSignal | undefined
}

const PATCH_TYPES: Readonly<Record<PatchType, string>> = {
  merge: 'application/merge-patch+json',
  'strategic-merge': 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml', // JSON is YAML
}

const FAILED = 400

/** The server's refusal, in its words. */
export class ApiError extends Error {
  /** HTTP status. */
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.name = 'ApiError'
    this.code = code
  }
}

/** Says to an API server what a test wants done. Paths are the server's: `/api/v1/namespaces/shop/pods/worker`. */
export class ApiClient {
  readonly #access: ApiAccess
  readonly #agent: Agent

  constructor(access: ApiAccess) {
    this.#access = access
    this.#agent = new Agent({ keepAlive: true, ca: access.ca, cert: access.certificate, key: access.key })
  }

  async get(path: string): Promise<ApiObject> {
    return JSON.parse(await this.text(path))
  }

  /** Nothing when there is no such object. */
  async find(path: string): Promise<ApiObject | undefined> {
    return await this.get(path).catch((error: unknown) => {
      if (error instanceof ApiError && error.code === 404) return undefined
      throw error
    })
  }

  /** The items below a collection's path. */
  async list(path: string): Promise<ApiObject[]> {
    return (await this.get(path))['items']
  }

  async create(path: string, object: ApiObject): Promise<ApiObject> {
    return JSON.parse(await this.#ask('POST', path, { body: object }))
  }

  async replace(path: string, object: ApiObject): Promise<ApiObject> {
    return JSON.parse(await this.#ask('PUT', path, { body: object }))
  }

  async patch(path: string, patch: unknown, type: PatchType = 'merge'): Promise<ApiObject> {
    return JSON.parse(await this.#ask('PATCH', path, { body: patch, contentType: PATCH_TYPES[type] }))
  }

  /** Server-side apply. */
  async apply(path: string, object: ApiObject, fieldManager = 'test'): Promise<ApiObject> {
    return await this.patch(`${path}?fieldManager=${fieldManager}&force=true`, object, 'apply')
  }

  async delete(path: string, options: ApiObject = {}): Promise<void> {
    await this.#ask('DELETE', path, { body: options })
  }

  /** What is not JSON: `/metrics`, `/readyz`. */
  async text(path: string): Promise<string> {
    return await this.#ask('GET', path, {})
  }

  /** Resolves once the server has taken the watch; what it tells then comes until it ends it, or `signal` does. */
  async watch(path: string, signal: AbortSignal): Promise<AsyncIterable<WatchEvent>> {
    const response = await this.#send('GET', path, { signal })
    if ((response.statusCode ?? 0) >= FAILED) throw refusal(response, await textOf(response))
    return eventsOf(response)
  }

  /** Ends the connections that are kept for later. */
  close(): void {
    this.#agent.destroy()
  }

  async #ask(method: string, path: string, asked: Asked): Promise<string> {
    const response = await this.#send(method, path, asked)
    const text = await textOf(response)
    if ((response.statusCode ?? 0) >= FAILED) throw refusal(response, text)
    return text
  }

  async #send(
    method: string,
    path: string,
    { body, contentType = 'application/json', signal }: Asked,
  ): Promise<IncomingMessage> {
    const { server, token } = this.#access
    const content = body === undefined ? '' : JSON.stringify(body)
    const sent = request(new URL(path, server), {
      method,
      agent: this.#agent,
      ...(signal && { signal }),
      headers: {
        accept: 'application/json, */*',
        'content-type': contentType,
        'content-length': Buffer.byteLength(content), // which Node leaves out of a DELETE by itself
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
    })
    sent.end(content)
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    sent.on('error', () => undefined) // the response, when it is read, fails with the same
    return response
  }
}

async function* eventsOf(response: IncomingMessage): AsyncIterable<WatchEvent> {
  for await (const line of createInterface({ input: response })) yield JSON.parse(line)
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const piece of response.setEncoding('utf8')) text += piece
  return text
}

function refusal({ statusCode = 0 }: IncomingMessage, text: string): ApiError {
  return new ApiError(statusCode, messageIn(text) ?? text)
}

function messageIn(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { message?: string }).message
  } catch {
    return undefined
  }
}
