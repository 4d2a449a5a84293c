import type { Image } from './images.ts'
import { openPodCluster, type PodCluster } from './pod-cluster.ts'
import { Release } from './release.ts'
import { TestNamespace } from './test-namespace.ts'

const RESTRICTED = { 'pod-security.kubernetes.io/enforce': 'restricted' }

/** A cluster that runs pods, with the operator in it, as helm installed it. */
export class OperatedCluster implements AsyncDisposable {
  readonly cluster: PodCluster
  readonly release: Release
  readonly #resources: AsyncDisposableStack

  private constructor(cluster: PodCluster, release: Release, resources: AsyncDisposableStack) {
    this.cluster = cluster
    this.release = release
    this.#resources = resources
  }

  /** With this image where the cluster is our own. Default: the sources as they are. */
  static async open(image?: Image): Promise<OperatedCluster> {
    await using opening = new AsyncDisposableStack()
    const cluster = opening.use(await openPodCluster(image))
    const namespace = opening.use(await TestNamespace.create(cluster, RESTRICTED))
    const release = opening.use(await Release.install(cluster, namespace.name, valuesFor(cluster.image)))
    return new OperatedCluster(cluster, release, opening.move())
  }

  /** One for pipelines, where pods that are not restricted are refused. */
  async namespace(): Promise<TestNamespace> {
    return await TestNamespace.create(this.cluster, RESTRICTED)
  }

  /** The operator of the newer image. */
  async upgrade(): Promise<void> {
    await this.release.upgrade(valuesFor(this.cluster.nextImage))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync()
  }
}

function valuesFor(image: string): { readonly image: object } {
  const colon = image.lastIndexOf(':')
  return { image: { repository: image.slice(0, colon), tag: image.slice(colon + 1) } }
}
