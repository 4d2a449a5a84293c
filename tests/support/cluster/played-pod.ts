import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { wait } from '../../../adapters/process/wait.ts'
import { type ApiClient, ApiError, type ApiObject } from './api-client.ts'
import { apiTime } from './api-time.ts'
import { containerEnvironment } from './container-environment.ts'
import type { CrashBackoff } from './crash-backoff.ts'
import type { Image } from './images.ts'
import { Nudge } from './nudge.ts'
import { PlayedContainer } from './played-container.ts'
import type { PodPlace } from './pod-fields.ts'
import { NotThere, PodSources } from './pod-sources.ts'
import { podStatus } from './pod-status.ts'
import { PodVolumes } from './pod-volumes.ts'
import { rewritePaths } from './rewrite-paths.ts'
import { untilAborted } from './until-aborted.ts'

export interface PodContext {
  readonly api: ApiClient
  /** Where pods reach the API server. */
  readonly server: string
  readonly place: PodPlace
  /** Of this pod alone. */
  readonly folder: string
  readonly images: ReadonlyMap<string, Image>
  readonly backoff: CrashBackoff
}

const RETRY_MS = 200

/** One pod as the kubelet brings it up, watches over it, and takes it down. */
export class PlayedPod {
  readonly containers: readonly PlayedContainer[]
  readonly #initContainers: readonly PlayedContainer[]
  readonly #context: PodContext
  readonly #sources: PodSources
  readonly #volumes: PodVolumes
  readonly #news = new Nudge()
  readonly #ending = new AbortController()
  readonly #startTime = apiTime()
  readonly #transitions = new Map<string, { readonly status: string; readonly at: string }>()
  readonly #eventsTold = new Set<string>()
  #pod: ApiObject
  #prepared = false
  #gone = false
  #killing: NodeJS.Timeout | undefined
  #reported = ''
  #unreported = false
  #reporting: Promise<void> | undefined

  constructor(pod: ApiObject, context: PodContext) {
    this.#pod = pod
    this.#context = context
    this.#sources = new PodSources(context.api, pod['metadata'].namespace)
    this.#volumes = new PodVolumes(join(context.folder, 'volumes'), context.place, this.#sources)
    const { initContainers = [], containers, restartPolicy } = pod['spec']
    const initPolicy = restartPolicy === 'Always' ? 'OnFailure' : restartPolicy
    this.#initContainers = initContainers.map((spec: ApiObject) => this.#container(spec, initPolicy))
    this.containers = containers.map((spec: ApiObject) => this.#container(spec, restartPolicy))
  }

  get namespace(): string {
    return this.#pod['metadata'].namespace
  }

  /** The API's path of its object. */
  get path(): string {
    return `/api/v1/namespaces/${this.namespace}/pods/${this.#pod['metadata'].name}`
  }

  /** The container of this name; the first one by default. */
  container(name?: string): PlayedContainer {
    const all = [...this.containers, ...this.#initContainers]
    const found = all.find(({ spec }) => name === undefined || spec['name'] === name)
    if (found === undefined) throw new Error(`${this.#name} has no container ${name}`)
    return found
  }

  /** Resolves when the pod is over and, if it was told to go, its object deleted. */
  async run(): Promise<void> {
    this.#changed()
    if (await this.#prepare()) {
      for (const container of this.#initContainers) {
        await container.run()
        if (!this.#hasSucceeded(container)) break
      }
      if (this.#initContainers.every((container) => this.#hasSucceeded(container))) {
        await Promise.all(this.containers.map(async (container) => await container.run()))
      }
    }
    clearTimeout(this.#killing)
    this.#changed()
    await this.#reporting
    await untilAborted(this.#ending.signal)
    this.#changed()
    await this.#reporting
    await this.#volumes.close()
    await this.#delete()
  }

  /** The object has changed; perhaps it was told to go. */
  update(pod: ApiObject): void {
    this.#pod = pod
    const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod['metadata']
    if (deletionTimestamp !== undefined) this.#end(deletionGracePeriodSeconds * 1_000)
  }

  /** A Secret or ConfigMap of its namespace has changed, or an image is new. */
  async refresh(): Promise<void> {
    if (this.#prepared) await this.#volumes.write(this.#pod).catch(() => undefined) // what is missing now stays as it was
    this.#news.give()
  }

  /** Whether something of it may come from an object of this name. */
  mentions(name: string): boolean {
    return JSON.stringify(this.#pod['spec']).includes(JSON.stringify(name))
  }

  /** The object is gone: kill -9, and nothing is reported any more. */
  kill(): void {
    this.#gone = true
    this.#end(0)
  }

  #end(graceMs: number): void {
    const first = !this.#ending.signal.aborted
    this.#ending.abort(graceMs > 0 ? 'SIGTERM' : 'SIGKILL')
    this.#news.give()
    const all = [...this.#initContainers, ...this.containers]
    if (first && graceMs > 0) for (const container of all) container.signal('SIGTERM')
    clearTimeout(this.#killing)
    const kill = () => {
      for (const container of all) container.signal('SIGKILL')
    }
    if (graceMs > 0) this.#killing = setTimeout(kill, graceMs)
    else kill()
  }

  /** Volumes first, as soon as all they need is there. Gives false when the pod had to go before. */
  async #prepare(): Promise<boolean> {
    while (!this.#ending.signal.aborted) {
      const { next } = this.#news
      try {
        await this.#volumes.write(this.#pod)
        this.#prepared = true
        return true
      } catch (error) {
        if (error instanceof NotThere) {
          this.#tellEvent('FailedMount', `MountVolume.SetUp failed: ${error.message}`)
          await next
        } else await wait(RETRY_MS, this.#ending.signal)
      }
    }
    return false
  }

  #container(spec: ApiObject, restartPolicy: 'Always' | 'OnFailure' | 'Never'): PlayedContainer {
    const { images, backoff, place } = this.#context
    const mounts = this.#volumes.mountsOf(spec)
    return new PlayedContainer(spec, {
      podName: this.#name,
      podIP: place.podIP,
      restartPolicy,
      graceMs: (this.#pod['spec'].terminationGracePeriodSeconds ?? 30) * 1_000,
      backoff,
      images,
      mounts,
      environment: async (image) => ({ ...(await this.#ambient(spec, image)), ...(await this.#declared(spec)) }),
      news: this.#news,
      changed: () => this.#changed(),
      unhealthy: (message) => this.#tellEvent('Unhealthy', message),
      ending: this.#ending.signal,
    })
  }

  async #declared(spec: ApiObject): Promise<Readonly<Record<string, string>>> {
    const declared = await containerEnvironment(spec, this.#pod, this.#context.place, this.#sources)
    const mounts = this.#volumes.mountsOf(spec)
    return Object.fromEntries(Object.entries(declared).map(([name, value]) => [name, rewritePaths(value, mounts)]))
  }

  /** What a container has without asking. */
  async #ambient(spec: ApiObject, image: Image): Promise<Readonly<Record<string, string>>> {
    const { server, folder } = this.#context
    const { name, namespace } = this.#pod['metadata']
    const { hostname, port } = new URL(server)
    const kubeconfig = await this.#volumes.writeKubeconfig(spec, server, namespace)
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      HOSTNAME: name,
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
      ...(kubeconfig !== undefined && { KUBECONFIG: kubeconfig }),
      ...image.env,
    }
  }

  #hasSucceeded({ snapshot: { state } }: PlayedContainer): boolean {
    return 'terminated' in state && state.terminated.exitCode === 0
  }

  get #name(): string {
    const { name, namespace, uid } = this.#pod['metadata']
    return `${name}_${namespace}(${uid})`
  }

  /** Reports what it is like now: one request at a time, and none when nothing is different. */
  #changed(): void {
    this.#unreported = true
    this.#reporting ??= this.#reportAll()
  }

  async #reportAll(): Promise<void> {
    await undefined // changes of the same moment go together
    while (this.#unreported && !this.#gone) {
      this.#unreported = false
      const status = this.#status()
      const text = JSON.stringify(status)
      if (text === this.#reported) continue
      try {
        const { uid } = this.#pod['metadata']
        await this.#context.api.patch(`${this.path}/status`, { metadata: { uid }, status }, 'strategic-merge')
        this.#reported = text
      } catch (error) {
        if (error instanceof ApiError && [404, 409].includes(error.code)) break // it is gone, or another has its name
        this.#unreported = true
        await delay(RETRY_MS)
      }
    }
    this.#reporting = undefined
  }

  #status(): ApiObject {
    const status = podStatus({
      ...this.#context.place,
      restartPolicy: this.#pod['spec'].restartPolicy,
      startTime: this.#startTime,
      prepared: this.#prepared,
      ending: this.#ending.signal.aborted,
      initContainers: this.#initContainers.map(({ snapshot }) => snapshot),
      containers: this.containers.map(({ snapshot }) => snapshot),
    })
    const conditions = status['conditions'].map((condition: ApiObject) => ({
      ...condition,
      lastTransitionTime: this.#transitionOf(condition),
    }))
    return { ...status, conditions }
  }

  #transitionOf({ type, status }: ApiObject): string {
    const known = this.#transitions.get(type)
    if (known !== undefined && known.status === status) return known.at
    const at = apiTime()
    this.#transitions.set(type, { status, at })
    return at
  }

  async #delete(): Promise<void> {
    const { uid } = this.#pod['metadata']
    while (!this.#gone) {
      try {
        return await this.#context.api.delete(this.path, { gracePeriodSeconds: 0, preconditions: { uid } })
      } catch (error) {
        if (error instanceof ApiError && [404, 409].includes(error.code)) return
        await delay(RETRY_MS)
      }
    }
  }

  /** Once for each text: nobody counts them here. */
  #tellEvent(reason: string, message: string): void {
    if (this.#eventsTold.has(message)) return
    this.#eventsTold.add(message)
    const { name, namespace, uid } = this.#pod['metadata']
    const at = apiTime()
    const event = {
      metadata: { generateName: `${name}.`, namespace },
      involvedObject: { apiVersion: 'v1', kind: 'Pod', name, namespace, uid },
      reason,
      message,
      type: 'Warning',
      source: { component: 'kubelet' },
      firstTimestamp: at,
      lastTimestamp: at,
      count: 1,
    }
    this.#context.api.create(`/api/v1/namespaces/${namespace}/events`, event).catch(() => undefined) // as good as it goes
  }
}
