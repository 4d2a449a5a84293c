import { execFile } from 'node:child_process'
import { chown, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ServerError } from './server-error.ts'
import type { ServiceUser } from './service-user.ts'

const OWNER_ONLY_FOLDER = 0o700
const OWNER_ONLY = 0o600

export const SUPERUSER = 'postgres'

export interface InitPostgres {
  readonly initdb: string
  /** The cluster's folder; nothing happens when it is there. */
  readonly cluster: string
  readonly password: string
  readonly user: ServiceUser | undefined
  readonly durable: boolean
}

/** Makes a database cluster: UTF-8, byte order, UTC, a password for everybody. All or nothing. */
export async function initPostgres({ initdb, cluster, password, user, durable }: InitPostgres): Promise<void> {
  if (await exists(join(cluster, 'PG_VERSION'))) return
  const unfinished = `${cluster}.new`
  const passwordFile = `${cluster}.password`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished, { mode: OWNER_ONLY_FOLDER })
  await writeFile(passwordFile, `${password}\n`, { mode: OWNER_ONLY })
  if (user !== undefined) for (const path of [unfinished, passwordFile]) await chown(path, user.uid, user.gid)
  try {
    await promisify(execFile)(
      initdb,
      [
        `--pgdata=${unfinished}`,
        `--username=${SUPERUSER}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C', // the order of bytes: the same on every machine
        '--no-instructions',
        ...(durable ? [] : ['--no-sync']),
      ],
      { cwd: '/', uid: user?.uid, gid: user?.gid, env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' } },
    )
    await rename(unfinished, cluster)
  } catch (cause) {
    throw new ServerError('did-not-start', `PostgreSQL could not make its files in ${cluster}`, { cause })
  } finally {
    await rm(passwordFile, { force: true })
  }
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  )
}
