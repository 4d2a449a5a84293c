import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ApiObject } from './api-client.ts'
import { replaceFiles } from './atomic-folder.ts'
import type { PodPlace } from './pod-fields.ts'
import type { PodSources } from './pod-sources.ts'
import type { Mounted } from './rewrite-paths.ts'
import { volumeFiles } from './volume-files.ts'

/** Where a pod finds the token of its service account. */
const API_ACCESS = '/var/run/secrets/kubernetes.io/serviceaccount'

/** The volumes of a pod as folders of this machine. */
export class PodVolumes {
  readonly #folder: string
  readonly #place: PodPlace
  readonly #sources: PodSources
  #writing: Promise<void> = Promise.resolve()
  #closed = false

  constructor(folder: string, place: PodPlace, sources: PodSources) {
    this.#folder = folder
    this.#place = place
    this.#sources = sources
  }

  /** Brings all to what their sources are now, one call after another. Throws NotThere when something that is not optional is missing. */
  async write(pod: ApiObject): Promise<void> {
    const written = this.#writing.then(() => (this.#closed ? undefined : this.#writeAll(pod)))
    this.#writing = written.catch(() => undefined)
    await written
  }

  /** Resolves when nothing is written any more, and their folder may go. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#writing
  }

  mountsOf({ volumeMounts = [] }: ApiObject): readonly Mounted[] {
    return volumeMounts.map(({ name, mountPath, subPath = '' }: ApiObject) => ({
      mountPath,
      folder: join(this.#folder, name, subPath),
    }))
  }

  /** For a container that has its service account's token: a kubeconfig that says to use it, since the usual path of the token is not there. */
  async writeKubeconfig(container: ApiObject, server: string, namespace: string): Promise<string | undefined> {
    const access = this.mountsOf(container).find(({ mountPath }) => mountPath === API_ACCESS)?.folder
    if (access === undefined) return undefined
    const file = join(this.#folder, 'kubeconfig')
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'cluster', cluster: { server, 'certificate-authority': join(access, 'ca.crt') } }],
      users: [{ name: 'pod', user: { tokenFile: join(access, 'token') } }],
      contexts: [{ name: 'pod', context: { cluster: 'cluster', user: 'pod', namespace } }],
      'current-context': 'pod',
    }
    await writeFile(file, JSON.stringify(config))
    return file
  }

  async #writeAll(pod: ApiObject): Promise<void> {
    const given = { pod, place: this.#place, sources: this.#sources }
    for (const volume of pod['spec'].volumes ?? []) {
      const folder = join(this.#folder, volume.name)
      const files = await volumeFiles(volume, given)
      if (files === undefined) await mkdir(folder, { recursive: true })
      else await replaceFiles(folder, files)
    }
  }
}
