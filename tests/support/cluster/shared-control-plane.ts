import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { LOOPBACK } from '../../../adapters/process/servers/free-port.ts'
import { ControlPlane } from './control-plane.ts'

type Log = (message: string) => void

/**
 * One control plane for all test files of a run, which are processes of their own. The first that asks for it, by GET, has it started:
 * suites that come before need not carry it.
 */
export class SharedControlPlane implements AsyncDisposable {
  readonly #server: Server
  readonly #log: Log
  #plane: Promise<ControlPlane> | undefined

  private constructor(log: Log) {
    this.#log = log
    this.#server = createServer(async (_request, response) => {
      this.#plane ??= ControlPlane.start(this.#log)
      const answer = await this.#plane.then(({ handle }) => JSON.stringify(handle), String)
      response.end(answer)
    })
  }

  static async open(log: Log): Promise<SharedControlPlane> {
    const shared = new SharedControlPlane(log)
    shared.#server.listen(0, LOOPBACK)
    await once(shared.#server, 'listening')
    return shared
  }

  get url(): string {
    return `http://${LOOPBACK}:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    const plane = await this.#plane?.catch(() => undefined) // who asked for it was told
    await plane?.[Symbol.asyncDispose]()
  }
}
