import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { lstat, mkdir } from 'node:fs/promises'
import { promisify } from 'node:util'
import { ServerError } from './server-error.ts'
import type { ServiceUser } from './service-user.ts'

const NAME_LENGTH = 12
const ROOT_WRITES_ALL_READ = 0o755

/** `folder`, or, where `user` cannot get there, a folder under /var/tmp that always goes with it. Made when missing. */
export async function reachableFolder(folder: string, user: ServiceUser | undefined): Promise<string> {
  await mkdir(folder, { recursive: true })
  if (user === undefined || (await canEnter(folder, user))) return folder
  const name = createHash('sha256').update(folder).digest('hex').slice(0, NAME_LENGTH)
  const substitute = `/var/tmp/metrics-pipeline-${name}`
  await makeOwnFolder(substitute)
  return substitute
}

async function canEnter(folder: string, { uid, gid }: ServiceUser): Promise<boolean> {
  return await promisify(execFile)('/bin/sh', ['-c', 'test -x "$1"', 'probe', folder], { uid, gid, cwd: '/' }).then(
    () => true,
    () => false,
  )
}

/** Everybody may make folders under /var/tmp: one that root did not make is not trusted. */
async function makeOwnFolder(path: string): Promise<void> {
  await mkdir(path, { mode: ROOT_WRITES_ALL_READ }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  const found = await lstat(path)
  if (!found.isDirectory() || found.uid !== 0) {
    throw new ServerError(
      'did-not-start',
      `${path} was made by somebody else: remove it, or run as a user other than root`,
    )
  }
}
