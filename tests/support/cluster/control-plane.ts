import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { LOOPBACK } from '../../../adapters/process/servers/free-port.ts'
import { GuardedProcess } from '../../../adapters/process/servers/guarded-process.ts'
import { retryStart } from '../../../adapters/process/servers/retry-start.ts'
import { waitUntilReady } from '../../../adapters/process/servers/wait-until-ready.ts'
import { freePorts } from '../free-ports.ts'
import { selfSignedCertificate } from '../self-signed-certificate.ts'
import { throwAwayFolder } from '../throw-away-folder.ts'
import { kubeconfigOf } from './api-access.ts'
import { COMPONENTS, type Component, type ControlPlaneBinaries, findControlPlane } from './control-plane-binaries.ts'
import { controlPlaneFiles } from './control-plane-files.ts'
import { flagsOf, type Ports } from './control-plane-flags.ts'
import { accessOf, type ClusterHandle, OwnCluster, type TokenUser } from './own-cluster.ts'

type Log = (message: string) => void

/** The group that each belongs to; the two without have their rights by name. */
const GROUPS: Readonly<Record<TokenUser, string>> = {
  admin: 'system:masters',
  kubelet: 'system:masters',
  'system:kube-controller-manager': '',
  'system:kube-scheduler': '',
}

const TOKEN_BYTES = 16
const OWNER_ONLY = 0o600

/** What the API server tells of: everything that did not come from the control plane itself. */
const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    { level: 'None', users: ['system:apiserver', 'system:kube-controller-manager', 'system:kube-scheduler'] },
    { level: 'None', userGroups: ['system:serviceaccounts:kube-system'] }, // the controllers
    { level: 'Metadata' },
  ],
}

/**
 * Kubernetes without nodes: etcd, API server, controller manager and scheduler on ports and in a folder of their own. It cannot outlive
 * this process. Nothing in it survives a power cut.
 */
export class ControlPlane extends OwnCluster implements AsyncDisposable {
  readonly #binaries: ControlPlaneBinaries
  readonly #ports: Ports
  readonly #running = new Map<Component, { readonly process: GuardedProcess; readonly pid: number }>()

  private constructor(handle: ClusterHandle, binaries: ControlPlaneBinaries, ports: Ports) {
    super(handle)
    this.#binaries = binaries
    this.#ports = ports
  }

  /** Without controllers nothing starts pods, runs schedules or collects what is orphaned: whoever wants such things does them. */
  static async start(log: Log = () => undefined, { controllers = true } = {}): Promise<ControlPlane> {
    const binaries = await findControlPlane(log)
    return await retryStart(async () => {
      const [etcd, etcdPeers, api] = (await freePorts(3)) as [number, number, number]
      const ports = { etcd, etcdPeers, api }
      const handle = await prepareFolder(ports)
      const plane = new ControlPlane(handle, binaries, ports)
      try {
        await plane.#startAll(controllers)
        return plane
      } catch (error) {
        await plane[Symbol.asyncDispose]()
        throw error
      }
    })
  }

  /** For signals that a test sends: STOP makes it hang with all connections open. */
  pidOf(component: Component): number {
    const running = this.#running.get(component)
    if (running === undefined) throw new Error(`${component} does not run`)
    return running.pid
  }

  /** kill -9, for in good order it would wait for whoever watches. Resolves when it is gone; everything stored is kept. */
  async killApiServer(): Promise<void> {
    process.kill(this.pidOf('kube-apiserver'), 'SIGKILL')
    await this.#stop('kube-apiserver')
  }

  /** After `killApiServer`. On the same port, with the same tokens. */
  async startApiServer(): Promise<void> {
    await this.#start('kube-apiserver', async () => await this.#answers())
  }

  /** Stops all and removes their folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.api.close()
    for (const component of COMPONENTS.toReversed()) await this.#stop(component)
    await rm(this.handle.folder, { recursive: true, force: true })
  }

  async #startAll(controllers: boolean): Promise<void> {
    await this.#start('etcd', async () => await etcdAnswers(this.#ports.etcd))
    await this.startApiServer()
    if (!controllers) return
    await Promise.all([
      this.#start('kube-controller-manager', async () => await this.#hasServiceAccount()),
      this.#start('kube-scheduler', async () => true),
    ])
  }

  async #start(component: Component, ask: () => Promise<true | undefined>): Promise<void> {
    const [file = '', ...first] = this.#binaries.commands[component]
    const flags = flagsOf(component, controlPlaneFiles(this.handle.folder), this.#ports)
    const started = await GuardedProcess.start({
      file,
      args: [...first, ...flags],
      stopSignal: 'TERM',
      forceSignal: 'KILL',
    })
    this.#running.set(component, started)
    await waitUntilReady(component, started.process, ask, undefined)
  }

  async #stop(component: Component): Promise<void> {
    await this.#running.get(component)?.process.stop()
    this.#running.delete(component)
  }

  async #answers(): Promise<true | undefined> {
    return await this.api.text('/readyz').then(
      () => true,
      () => undefined,
    )
  }

  /** The controllers are at work once a namespace has what its pods need. */
  async #hasServiceAccount(): Promise<true | undefined> {
    return (await this.api.find('/api/v1/namespaces/default/serviceaccounts/default')) && true
  }
}

async function prepareFolder(ports: Ports): Promise<ClusterHandle> {
  const folder = await throwAwayFolder()
  const files = controlPlaneFiles(folder)
  const { certificate, key } = selfSignedCertificate()
  const signing = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  const users = Object.keys(GROUPS) as TokenUser[]
  const tokens = Object.fromEntries(users.map((user) => [user, randomBytes(TOKEN_BYTES).toString('hex')]))
  const handle = { folder, server: `https://${LOOPBACK}:${ports.api}`, ca: certificate, tokens } as ClusterHandle
  const write = async (path: string, text: string) => await writeFile(path, text, { mode: OWNER_ONLY })
  await write(files.certificate, certificate)
  await write(files.key, key)
  await write(files.signingKey, signing.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  await write(files.verifyingKey, signing.publicKey.export({ type: 'spki', format: 'pem' }).toString())
  await write(files.tokens, users.map((user) => tokenLine(handle.tokens[user], user)).join(''))
  await write(files.auditPolicy, JSON.stringify(AUDIT_POLICY))
  await write(files.kubeconfigs.admin, kubeconfigOf(accessOf(handle, 'admin')))
  for (const name of ['kube-controller-manager', 'kube-scheduler'] as const) {
    await write(files.kubeconfigs[name], kubeconfigOf(accessOf(handle, `system:${name}`)))
  }
  return handle
}

function tokenLine(token: string, user: TokenUser): string {
  const group = GROUPS[user]
  return `${token},${user},${user}${group === '' ? '' : `,${group}`}\n`
}

async function etcdAnswers(port: number): Promise<true | undefined> {
  return (await fetch(`http://${LOOPBACK}:${port}/health`).then(
    (response) => response.ok || undefined,
    () => undefined,
  )) as true | undefined
}
