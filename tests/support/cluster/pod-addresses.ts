import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import type { Server } from 'node:https'

/** Where a kubelet listens. */
export const KUBELET_PORT = 10_250

const FIRST = 16
const LAST = 254
const HOSTS = 65_536

/** Loopback addresses of this machine's network 127.N.0.0/16, one for each pod, so that all of them can listen on the same port. */
export class PodAddresses {
  readonly hostIP: string
  readonly #network: number
  readonly #taken = new Set<number>([0, 1])
  #last = 1

  private constructor(network: number) {
    this.#network = network
    this.hostIP = `127.${network}.0.1`
  }

  /** A network that no other node on this machine has: its kubelet, which is `server`, listens there. */
  static async claim(server: Server): Promise<PodAddresses> {
    while (true) {
      const addresses = new PodAddresses(randomInt(FIRST, LAST + 1))
      server.listen(KUBELET_PORT, addresses.hostIP)
      try {
        await once(server, 'listening')
        return addresses
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
      }
    }
  }

  /** The one that was free for longest. */
  take(): string {
    do this.#last = (this.#last + 1) % HOSTS
    while (this.#taken.has(this.#last))
    this.#taken.add(this.#last)
    return `127.${this.#network}.${this.#last >> 8}.${this.#last & 0xff}`
  }

  release(address: string): void {
    const [, , high, low] = address.split('.').map(Number)
    this.#taken.delete(((high ?? 0) << 8) + (low ?? 0))
  }
}
