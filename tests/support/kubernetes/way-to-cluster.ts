import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kubeconfigOf } from '../cluster/api-access.ts'
import { accessOf, type OwnCluster } from '../cluster/own-cluster.ts'
import { TcpProxy } from '../tcp-proxy.ts'

/** A way to a control plane that a test can close, and the kubeconfig of those who take it. */
export class WayToCluster implements AsyncDisposable {
  readonly proxy: TcpProxy
  readonly kubeConfig: string
  readonly #folder: string

  private constructor(proxy: TcpProxy, folder: string) {
    this.proxy = proxy
    this.#folder = folder
    this.kubeConfig = join(folder, 'kubeconfig')
  }

  static async to({ handle }: OwnCluster): Promise<WayToCluster> {
    const proxy = await TcpProxy.to(handle.server)
    const way = new WayToCluster(proxy, await mkdtemp(join(tmpdir(), 'metrics-pipeline-way-')))
    await writeFile(way.kubeConfig, kubeconfigOf({ ...accessOf(handle, 'admin'), server: new URL(proxy.url).origin }))
    return way
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy[Symbol.asyncDispose]()
    await rm(this.#folder, { recursive: true })
  }
}
