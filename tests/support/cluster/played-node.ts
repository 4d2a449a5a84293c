import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, rm } from 'node:fs/promises'
import type { Server } from 'node:https'
import { join } from 'node:path'
import { eventually } from '../eventually.ts'
import { throwAwayFolder } from '../throw-away-folder.ts'
import { ApiClient, type ApiObject } from './api-client.ts'
import { apiMicroTime } from './api-time.ts'
import type { CrashBackoff } from './crash-backoff.ts'
import { follow } from './follow.ts'
import { type Image, projectImage } from './images.ts'
import { kubeletEndpoint } from './kubelet-endpoint.ts'
import { type NodeSize, nodeObject, nodeStatus } from './node-object.ts'
import { accessOf, type OwnCluster } from './own-cluster.ts'
import { PlayedPod } from './played-pod.ts'
import { PodAddresses } from './pod-addresses.ts'

export interface NodeOptions extends NodeSize {
  /** What can be pulled, by name. Default: `PROJECT_IMAGE`. */
  readonly images?: Readonly<Record<string, Image>>
  /** Default: the kubelet's, 10 s to 5 min. */
  readonly backoff?: CrashBackoff
}

/** Under which name a node has this project's image unless it is told otherwise. */
export const PROJECT_IMAGE = 'metrics-pipeline-operator:test'

const NAME_BYTES = 4
const HEARTBEAT_MS = 10_000
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases'
const KUBELET_BACKOFF: CrashBackoff = { firstMs: 10_000, mostMs: 300_000 }

/**
 * A node of a control plane whose kubelet is this process. The containers of its pods are processes of this machine: with their
 * variables, their volumes as real folders, an address each, probes, restarts and a grace period, all reported as a kubelet reports it.
 *
 * What is not as in a container: paths below a mount are rewritten, to those of the real folders, in variables, commands and arguments;
 * security contexts, limits, `subPath` copies, lifecycle hooks and termination log files are ignored; there are no Service addresses, for
 * the API refuses loopback ones as endpoints. Probes are `httpGet` only. A pod that has its service account's token finds it by KUBECONFIG.
 */
export class PlayedNode implements AsyncDisposable {
  readonly name: string
  readonly #cluster: OwnCluster
  readonly #api: ApiClient
  readonly #folder: string
  readonly #endpoint: Server
  readonly #addresses: PodAddresses
  readonly #images: Map<string, Image>
  readonly #backoff: CrashBackoff
  readonly #end = new AbortController()
  readonly #pods = new Map<string, PlayedPod>()
  /** By namespace and name, also when they are gone. */
  readonly #named = new Map<string, PlayedPod>()
  readonly #running = new Set<Promise<void>>()

  private constructor(
    cluster: OwnCluster,
    { images = { [PROJECT_IMAGE]: projectImage() }, backoff = KUBELET_BACKOFF }: NodeOptions,
    made: { name: string; folder: string; endpoint: Server; addresses: PodAddresses },
  ) {
    this.name = made.name
    this.#cluster = cluster
    this.#api = new ApiClient(accessOf(cluster.handle, 'kubelet'))
    this.#folder = made.folder
    this.#endpoint = made.endpoint
    this.#addresses = made.addresses
    this.#images = new Map(Object.entries(images))
    this.#backoff = backoff
  }

  /** Resolves when the scheduler gives it pods. */
  static async join(cluster: OwnCluster, options: NodeOptions = {}): Promise<PlayedNode> {
    const name = `node-${randomBytes(NAME_BYTES).toString('hex')}`
    const endpoint = kubeletEndpoint((namespace, pod, container, previous) =>
      node
        .#podOf({ metadata: { namespace, name: pod } })
        .container(container)
        .log({ previous }),
    )
    const addresses = await PodAddresses.claim(endpoint)
    const node = new PlayedNode(cluster, options, { name, folder: await throwAwayFolder(), endpoint, addresses })
    await node.#register(options)
    return node
  }

  /** Makes an image pullable, or what is pulled from now on a different one. */
  addImage(name: string, image: Image): void {
    this.#images.set(name, image)
    for (const pod of this.#pods.values()) this.#keep(pod.refresh())
  }

  /** `pod` is any object with its name and namespace. Everything that a container has said since it was started last, the first container by default; also when the pod is gone. */
  logsOf(pod: ApiObject, container?: string, options: { readonly previous?: boolean } = {}): string {
    return this.#podOf(pod).container(container).log(options)
  }

  /** The process of a container, the first one by default. */
  pidOf(pod: ApiObject, container?: string): number {
    const { pid } = this.#podOf(pod).container(container)
    if (pid === undefined) throw new Error(`${pod['metadata'].name} does not run`)
    return pid
  }

  /** By default kill -9. */
  kill(pod: ApiObject, { container, signal = 'SIGKILL' }: { container?: string; signal?: NodeJS.Signals } = {}): void {
    process.kill(this.pidOf(pod, container), signal)
  }

  /** The machine is gone: kill -9 for all processes, and the objects of the pods with the node's. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort()
    const pods = [...this.#pods.values()]
    for (const pod of pods) pod.kill()
    await Promise.all(this.#running)
    for (const { path } of pods) await this.#api.delete(path, { gracePeriodSeconds: 0 }).catch(() => undefined) // or gone already
    await this.#api.delete(`/api/v1/nodes/${this.name}`)
    await this.#api.delete(`${LEASES}/${this.name}`)
    this.#api.close()
    this.#endpoint.close()
    this.#endpoint.closeAllConnections()
    await once(this.#endpoint, 'close')
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #register(size: NodeSize): Promise<void> {
    const path = `/api/v1/nodes/${this.name}`
    await this.#api.create('/api/v1/nodes', nodeObject(this.name, size))
    await this.#api.patch(`${path}/status`, { status: nodeStatus(this.name, this.#addresses.hostIP, size) })
    await this.#api.create(LEASES, {
      metadata: { name: this.name },
      spec: { holderIdentity: this.name, leaseDurationSeconds: 40, renewTime: apiMicroTime() },
    })
    const heart = setInterval(() => this.#beat(), HEARTBEAT_MS)
    this.#end.signal.addEventListener('abort', () => clearInterval(heart))
    this.#follow(`/api/v1/pods?fieldSelector=spec.nodeName=${this.name}`, {
      changed: (pod) => this.#podChanged(pod),
      gone: (pod) => this.#podGone(pod),
    })
    for (const plural of ['secrets', 'configmaps']) {
      const changed = (object: ApiObject) => this.#sourceChanged(object)
      this.#follow(`/api/v1/${plural}`, { changed, gone: changed })
    }
    await eventually(async () => {
      const { taints } = (await this.#api.get(path))['spec']
      if (taints !== undefined) throw new Error(`${this.name} is not ready: ${JSON.stringify(taints)}`)
    })
  }

  #follow(...[path, follower]: [string, Parameters<typeof follow>[2]]): void {
    this.#keep(follow(this.#api, path, follower, this.#end.signal))
  }

  #keep(work: Promise<void>): void {
    this.#running.add(work)
    void work.finally(() => this.#running.delete(work))
  }

  #beat(): void {
    const renewal = { spec: { renewTime: apiMicroTime() } }
    this.#api.patch(`${LEASES}/${this.name}`, renewal).catch(() => undefined) // the next one will do
  }

  #podChanged(pod: ApiObject): void {
    const { uid } = pod['metadata']
    const known = this.#pods.get(uid)
    if (known !== undefined) known.update(pod)
    else this.#keep(this.#runPod(pod))
  }

  async #runPod(pod: ApiObject): Promise<void> {
    const { uid, namespace, name } = pod['metadata']
    const folder = join(this.#folder, uid)
    const podIP = this.#addresses.take()
    const played = new PlayedPod(pod, {
      api: this.#api,
      server: this.#cluster.handle.server,
      place: { podIP, hostIP: this.#addresses.hostIP },
      folder,
      images: this.#images,
      backoff: this.#backoff,
    })
    this.#pods.set(uid, played)
    this.#named.set(`${namespace}/${name}`, played)
    await mkdir(folder)
    played.update(pod) // it may have been told to go before it came
    await played.run()
    this.#addresses.release(podIP)
    await rm(folder, { recursive: true, force: true })
  }

  #podGone(pod: ApiObject): void {
    const { uid } = pod['metadata']
    this.#pods.get(uid)?.kill()
    this.#pods.delete(uid)
  }

  #sourceChanged({ metadata }: ApiObject): void {
    for (const pod of this.#pods.values()) {
      if (pod.namespace === metadata.namespace && pod.mentions(metadata.name)) this.#keep(pod.refresh())
    }
  }

  #podOf({ metadata: { namespace, name } }: ApiObject): PlayedPod {
    const pod = this.#named.get(`${namespace}/${name}`)
    if (pod === undefined) throw new Error(`no pod ${namespace}/${name} has come to ${this.name}`)
    return pod
  }
}
