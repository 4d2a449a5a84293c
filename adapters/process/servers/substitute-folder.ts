import { createHash } from 'node:crypto'
import { lstat, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ServerError } from './server-error.ts'

const PARENT = '/var/tmp'
const NAME = /^metrics-pipeline-[0-9a-f]{12}$/
const NAME_LENGTH = 12
const OWNER_WRITES_ALL_READ = 0o755

/** Whose substitute a folder is. */
const OWNER_FILE = 'owner.json'

interface Owner {
  readonly folder: string
  /** The disk that the folder lies on: while that is not there, nothing says that the folder is gone. */
  readonly device: string
}

/** A folder under /var/tmp that always goes with `folder`, and knows it. Made when missing. */
export async function makeSubstitute(folder: string, parent = PARENT): Promise<string> {
  const name = createHash('sha256').update(folder).digest('hex').slice(0, NAME_LENGTH)
  const substitute = join(parent, `metrics-pipeline-${name}`)
  await makeOwnFolder(substitute)
  const owner: Owner = { folder, device: await deviceOf(folder) }
  await writeFile(join(substitute, OWNER_FILE), JSON.stringify(owner))
  return substitute
}

/** Removes substitutes whose folder is gone: nobody would find what is in them any more. One whose server runs stays, and one in doubt. */
export async function removeOrphanedSubstitutes(parent = PARENT): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const substitute = join(parent, name)
    if (NAME.test(name) && (await isOwn(substitute)) && (await isOrphaned(substitute)))
      await rm(substitute, { recursive: true, force: true }).catch(() => undefined) // somebody else is at it
  }
}

async function isOrphaned(substitute: string): Promise<boolean> {
  const owner = await readOwner(substitute)
  if (owner === undefined || (await exists(owner.folder)) || (await hasServer(substitute))) return false
  return (await deviceOf(await nearest(owner.folder))) === owner.device
}

/** Undefined where nobody has written it, or not to its end. */
async function readOwner(substitute: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(join(substitute, OWNER_FILE), 'utf8')) as Owner
  } catch {
    return undefined
  }
}

/** PostgreSQL notes its process first in this file, and removes it at its end. */
async function hasServer(substitute: string): Promise<boolean> {
  const text = await readFile(join(substitute, 'data/postmaster.pid'), 'utf8').catch(() => '')
  return text !== '' && isRunning(Number.parseInt(text, 10))
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0) // asks only whether it is there
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' // somebody else's
  }
}

/** Everybody may make folders under /var/tmp: one that somebody else made is not trusted. */
async function makeOwnFolder(path: string): Promise<void> {
  await mkdir(path, { mode: OWNER_WRITES_ALL_READ }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  if (await isOwn(path)) return
  throw new ServerError(
    'did-not-start',
    `${path} was made by somebody else: remove it, or run as a user other than root`,
  )
}

async function isOwn(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined)
  return found?.isDirectory() === true && found.uid === process.getuid?.()
}

async function deviceOf(path: string): Promise<string> {
  return String((await stat(path)).dev)
}

/** The path itself, or else the first above it that there is. */
async function nearest(path: string): Promise<string> {
  return (await exists(path)) || dirname(path) === path ? path : await nearest(dirname(path))
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT' && error.code !== 'ENOTDIR', // out of reach is not gone
  )
}
