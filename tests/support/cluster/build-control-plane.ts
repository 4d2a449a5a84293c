import { createHash } from 'node:crypto'
import { access, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { findOnPath } from '../../../adapters/process/servers/find-on-path.ts'
import { GuardedProcess } from '../../../adapters/process/servers/guarded-process.ts'
import { ServerError } from '../../../adapters/process/servers/server-error.ts'
import { userCacheFolder } from '../../../adapters/process/servers/user-cache-folder.ts'
import { withLock } from './with-lock.ts'

type Log = (message: string) => void

const SOURCES = resolve(import.meta.dirname, '../../cluster/control-plane')
const PROGRAM = 'control-plane'
const KEY_LENGTH = 12
const REPORT_EVERY_MS = 30_000

/** Kubernetes tells its version to clients only when the linker was told; helm refuses a server that has none. */
const VERSION_VARIABLES = (version: string) => {
  const [major, minor] = version.slice(1).split('.')
  const variables = { gitVersion: version, gitMajor: major, gitMinor: minor }
  return Object.entries(variables).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
}

/** The program of tests/cluster/control-plane, built once for this user. Gives its path. */
export async function buildControlPlane(log: Log): Promise<string> {
  const flags = await buildFlags()
  const folder = join(userCacheFolder(), `${PROGRAM}-${await keyOf(flags)}`)
  const file = join(folder, PROGRAM)
  if (await exists(file)) return file
  const lock = `${folder}.lock`
  return await withLock(
    lock,
    () => log(`another process builds the control plane: waiting for ${lock}`),
    async () => {
      if (await exists(file)) return file // by the one that had the lock
      const go = await findOnPath('go', process.env.PATH ?? '')
      if (go === undefined) throw new ServerError('not-installed', HOW_TO_INSTALL)
      await mkdir(userCacheFolder(), { recursive: true })
      const unfinished = await mkdtemp(`${folder}-`)
      try {
        await runGo(go, ['build', ...flags, '-o', join(unfinished, PROGRAM), '.'], log)
        await rename(unfinished, folder)
      } finally {
        await rm(unfinished, { recursive: true, force: true })
      }
      return file
    },
  )
}

const HOW_TO_INSTALL = `no Kubernetes control plane here, and no Go to build one with. Install Go 1.21 or newer with
  sudo apt-get install golang-go   # Debian, Ubuntu
  sudo dnf install golang          # Fedora
  brew install go                  # macOS
or name a folder in KUBEBUILDER_ASSETS that has etcd, kube-apiserver, kube-controller-manager and kube-scheduler`

async function buildFlags(): Promise<readonly string[]> {
  const requirements = await readFile(join(SOURCES, 'go.mod'), 'utf8')
  const version = /^\tk8s\.io\/kubernetes (v\S+)$/m.exec(requirements)?.[1] ?? ''
  return ['-trimpath', '-buildvcs=false', '-ldflags', ['-s', '-w', ...VERSION_VARIABLES(version)].join(' ')]
}

async function keyOf(flags: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([process.platform, process.arch, flags]))
  for (const name of ['go.sum', 'main.go']) hash.update(await readFile(join(SOURCES, name)))
  return hash.digest('hex').slice(0, KEY_LENGTH)
}

async function runGo(go: string, args: readonly string[], log: Log): Promise<void> {
  log(
    'building the Kubernetes control plane from its Go modules: once, about ten minutes on two cores, 4 GB of Go caches',
  )
  const began = performance.now()
  let packages = 0
  const { process: building } = await GuardedProcess.start({
    file: go,
    args: [...args.slice(0, 1), '-v', ...args.slice(1)],
    env: { ...process.env, CGO_ENABLED: '0' },
    cwd: SOURCES,
    onLine: () => {
      packages += 1
    },
    stopSignal: 'INT',
    forceSignal: 'KILL',
  })
  const report = setInterval(
    () => log(`building the control plane: ${minutesSince(began)} min, ${packages} packages compiled or fetched`),
    REPORT_EVERY_MS,
  )
  try {
    const code = await building.exited()
    if (code !== 0) throw new ServerError('did-not-start', `go build of the control plane failed:\n${building.tail}`)
    log(`built the control plane in ${minutesSince(began)} min`)
  } finally {
    clearInterval(report)
  }
}

function minutesSince(began: number): string {
  return ((performance.now() - began) / 60_000).toFixed(1)
}

async function exists(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  )
}
