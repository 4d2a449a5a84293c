import { readKubeconfig } from './api-access.ts'
import { ApiClient, type ApiObject } from './api-client.ts'
import type { Cluster } from './cluster.ts'
import { ControlPlane } from './control-plane.ts'
import { type Image, projectImage } from './images.ts'
import { type NamedCluster, namedCluster } from './named-cluster.ts'
import { PlayedNode, PROJECT_IMAGE } from './played-node.ts'
import { kubectl } from './run-tool.ts'

/** A cluster that runs pods of this project's image. */
export interface PodCluster extends Cluster, AsyncDisposable {
  readonly image: string
  /** The same under the name of a newer one. */
  readonly nextImage: string
  /** The end of a pod's processes that nothing announces to them. */
  kill(pod: ApiObject): Promise<void>
}

const BACKOFF = { firstMs: 200, mostMs: 1_000 }

/** The cluster that is named for the tests, else a control plane and a played node for whoever opens it, which has this image. */
export async function openPodCluster(content: Image = projectImage()): Promise<PodCluster> {
  const named = namedCluster()
  return named === undefined ? await ownPodCluster(content) : await namedPodCluster(named)
}

async function ownPodCluster(content: Image): Promise<PodCluster> {
  const [image, nextImage] = [PROJECT_IMAGE, nextOf(PROJECT_IMAGE)]
  const images = { [image]: content, [nextImage]: content }
  const resources = new AsyncDisposableStack()
  const plane = resources.use(await ControlPlane.start())
  const node = resources.use(await PlayedNode.join(plane, { images, backoff: BACKOFF }))
  return {
    own: true,
    kubeconfig: plane.kubeconfig,
    api: plane.api,
    image,
    nextImage,
    kill: async (pod) => node.kill(pod),
    [Symbol.asyncDispose]: async () => await resources.disposeAsync(),
  }
}

async function namedPodCluster({ kubeconfig, image }: NamedCluster): Promise<PodCluster> {
  const api = new ApiClient(await readKubeconfig(kubeconfig))
  const cluster: Cluster = { own: false, kubeconfig, api }
  return {
    ...cluster,
    image,
    nextImage: nextOf(image),
    kill: async ({ metadata: { namespace, name } }) => {
      const args = ['--namespace', namespace, 'delete', 'pod', name, '--force', '--grace-period=0']
      const { code, err } = await kubectl(cluster, args)
      if (code !== 0) throw new Error(err)
    },
    [Symbol.asyncDispose]: async () => api.close(),
  }
}

function nextOf(image: string): string {
  return `${image}-next`
}
