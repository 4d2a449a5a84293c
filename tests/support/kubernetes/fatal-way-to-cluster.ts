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

/** A way to a control plane on which a write can be the last thing that its author does: the server has done it, and the answer never comes. */
export class FatalWayToCluster implements AsyncDisposable {
  readonly kubeconfig: string
  /** Called once for the next write, Lease and events aside, when the server has answered it; its answer is kept back. */
  onWrite: ((what: string) => void) | undefined
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

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
    this.#agent.destroy()
    await rm(this.#folder, { recursive: true })
  }

  #pass(asked: IncomingMessage, answer: ServerResponse, server: string): void {
    const { method = '', url = '', headers } = asked
    const sent = request(new URL(url, server), { method, headers, agent: this.#agent }, (answered) => {
      const { onWrite } = this
      if (onWrite !== undefined && !REQUESTS_ONLY.has(method) && !ASIDE.test(url)) {
        this.onWrite = undefined
        answered.resume().on('end', () => onWrite(`${method} ${url}`))
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
