import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { ServiceUser } from './service-user.ts'
import { makeSubstitute, removeOrphanedSubstitutes } from './substitute-folder.ts'

/** `folder`, or, where `user` cannot get there, another one that always goes with it. Made when missing. */
export async function reachableFolder(folder: string, user: ServiceUser | undefined): Promise<string> {
  await mkdir(folder, { recursive: true })
  if (user === undefined) return folder
  await removeOrphanedSubstitutes()
  return (await canEnter(folder, user)) ? folder : await makeSubstitute(folder)
}

async function canEnter(folder: string, { uid, gid }: ServiceUser): Promise<boolean> {
  return await promisify(execFile)('/bin/sh', ['-c', 'test -x "$1"', 'probe', folder], { uid, gid, cwd: '/' }).then(
    () => true,
    () => false,
  )
}
