import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { KubernetesObject } from '../../../core/operator/kubernetes-object.ts'
import { failure, json, type ScriptedRequest } from './scripted-api-server.ts'

/** A watch that is open, for a test to write to. */
export interface OpenWatch {
  readonly request: ScriptedRequest
  /** Resolves when either side has closed it. */
  readonly closed: Promise<unknown>
  send(type: string, object: unknown): void
  /** Not a whole line. */
  sendRaw(text: string): void
  end(): void
}

/** Answers listings with what there is, and leaves watches to the test. */
export class ScriptedWatches {
  objects: readonly KubernetesObject[] = []
  version = '1'
  lists = 0
  /** Whoever asks anything is told that it is in trouble. */
  down = false
  readonly watches: OpenWatch[] = []
  /** What is to happen instead the next times. */
  readonly instead: ((request: ScriptedRequest, response: ServerResponse) => void)[] = []

  readonly answer = (request: ScriptedRequest, response: ServerResponse): void => {
    if (this.down) return json(response, {}, 503)
    if (request.path === '/readyz') return void response.end('ok')
    const instead = this.instead.shift()
    if (instead !== undefined) return instead(request, response)
    if (request.query.get('watch') === 'true') return this.#open(request, response)
    this.lists += 1
    json(response, { metadata: { resourceVersion: this.version }, items: this.objects })
  }

  get latest(): OpenWatch {
    const watch = this.watches.at(-1)
    if (watch === undefined) throw new Error('nobody watches')
    return watch
  }

  #open(request: ScriptedRequest, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json' })
    const sendRaw = (text: string) => void response.write(text)
    this.watches.push({
      request,
      closed: once(response, 'close'),
      send: (type, object) => sendRaw(`${JSON.stringify({ type, object })}\n`),
      sendRaw,
      end: () => void response.end(),
    })
  }
}

export const GONE = failure(410, 'Expired', 'too old resource version')
