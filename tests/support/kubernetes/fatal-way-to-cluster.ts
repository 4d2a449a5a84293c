import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Agent, createServer, request, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kubeconfigOf } from '../cluster/api-access.ts'
import { accessOf, type OwnCluster } from '../cluster/own-cluster.ts'
import { selfSignedCertificate } from '../self-signed-certificate.ts'

const REQUESTS_ONLY = new Set(['GET', 'HEAD'])
const ASIDE = /\/(leases|events)(\/|\?|$)/

/**
 * A way to a control plane on which a write is the last thing that its author does: the server has done it, and the answer never comes. Others
 * that are on their way at the same time, or come after, do not get there. Leases and events pass.
 */
export class FatalWayToCluster implements AsyncDisposable {
  readonly kubeconfig: string
  #onWrite: (() => void) | undefined
  #isTaken = true
  readonly #server: Server
  readonly #agent: Agent
  readonly #folder: string

  private constructor(server: Server, agent: Agent, folder: string) {
    this.#server = server
    this.#agent = agent
    this.#folder = folder
    this.kubeconfig = join(folder, 'kubeconfig')
  }

  static async to({ handle }: OwnCluster): Promise<FatalWayToCluster> {
    const { certificate, key } = selfSignedCertificate()
    const agent = new Agent({ keepAlive: true, ca: handle.ca })
    const server = createServer({ cert: certificate, key }, (asked, answer) => way.#pass(asked, answer, handle.server))
    const folder = await mkdtemp(join(tmpdir(), 'metrics-pipeline-way-'))
    const way = new FatalWayToCluster(server, agent, folder)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
    await writeFile(way.kubeconfig, kubeconfigOf({ ...accessOf(handle, 'admin'), server: origin, ca: certificate }))
    return way
  }

  /** Lets one more write pass, and calls when the server has done it. What those before have sent and nobody has read is gone. */
  letOnePass(onWrite: () => void): void {
    this.#server.closeAllConnections()
    this.#onWrite = onWrite
    this.#isTaken = false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
    this.#agent.destroy()
    await rm(this.#folder, { recursive: true })
  }

  #pass(asked: IncomingMessage, answer: ServerResponse, server: string): void {
    const { method = '', url = '', headers } = asked
    const isFatal = !REQUESTS_ONLY.has(method) && !ASIDE.test(url)
    if (isFatal && this.#isTaken) return
    if (isFatal) this.#isTaken = true
    const sent = request(new URL(url, server), { method, headers, agent: this.#agent }, (answered) => {
      if (isFatal) {
        answered.resume().on('end', () => this.#onWrite?.())
        return
      }
      answer.writeHead(answered.statusCode ?? 0, answered.headers)
      answer.flushHeaders()
      answered.pipe(answer)
    })
    sent.on('error', () => answer.destroy())
    answer.on('close', () => sent.destroy())
    asked.on('error', () => sent.destroy()).pipe(sent)
  }
}
