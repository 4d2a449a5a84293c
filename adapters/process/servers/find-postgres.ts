import { realpath } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import pg from 'pg'
import { awaitFormerServer } from './await-former-server.ts'
import { describeUnreachable } from './describe-unreachable.ts'
import { endOrphanedSessions } from './end-orphaned-sessions.ts'
import { LOOPBACK } from './free-port.ts'
import { GuardedProcess } from './guarded-process.ts'
import { initPostgres, SUPERUSER } from './init-postgres.ts'
import type { LocalServer, OpenServerOptions } from './local-server.ts'
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.ts'
import { reachableFolder } from './reachable-folder.ts'
import { retryStart } from './retry-start.ts'
import { ServerError } from './server-error.ts'
import { loadServerIdentity } from './server-identity.ts'
import { findServiceUser, type ServiceUser } from './service-user.ts'
import { waitUntilReady } from './wait-until-ready.ts'

export interface PostgresServer extends LocalServer {
  /** `server_version_num`, for `assertServerVersion`. */
  readonly versionNum: number
}

type Version = Pick<PostgresServer, 'version' | 'versionNum'>

const CONNECT_TIMEOUT_MS = 5_000

/** SQLSTATE invalid_password. */
const WRONG_PASSWORD = '28P01'

/** For a pipeline and its dashboards on a laptop: room for writes between checkpoints, little memory, no socket file. */
const SETTINGS = {
  listen_addresses: LOOPBACK,
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '256MB',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'warning',
}

/** A server that is thrown away need not survive a power cut. What a crash of one process leaves is the same either way. */
const NOT_DURABLE = { fsync: 'off', full_page_writes: 'off' }

/** The server at `url`, or PostgreSQL 18 from npm on files of its own. It never outlives this process. */
export async function openPostgres(options: OpenServerOptions): Promise<PostgresServer> {
  return options.url !== undefined ? await useGivenServer(options.url) : await startServer(options)
}

async function useGivenServer(url: string): Promise<PostgresServer> {
  try {
    return { url, ...(await readVersion(url)), how: 'as given', pid: undefined, stop: async () => undefined }
  } catch (cause) {
    throw describeUnreachable('PostgreSQL', url, cause)
  }
}

async function startServer(options: OpenServerOptions): Promise<PostgresServer> {
  const user = await findServiceUser()
  const binaries = await findPostgresBinaries(user)
  const folder = await realpath(await reachableFolder(resolve(options.dataDir), user))
  return await retryStart(() => startIn(folder, binaries, user, options))
}

async function startIn(
  folder: string,
  { initdb, postgres }: PostgresBinaries,
  user: ServiceUser | undefined,
  { log, signal, durable = true }: OpenServerOptions,
): Promise<PostgresServer> {
  const cluster = join(folder, 'data')
  await awaitFormerServer(folder, join(cluster, 'postmaster.pid'), (command) => command.includes(cluster), log)
  await endOrphanedSessions(cluster)
  const { password, port } = await loadServerIdentity(folder)

  log(`starting PostgreSQL 18 in ${folder}${user === undefined ? '' : ` as user ${user.name}`}`)
  await initPostgres({ initdb, cluster, password, user, durable })
  signal?.throwIfAborted()
  const { process: server, pid } = await GuardedProcess.start({
    file: postgres,
    args: ['-D', cluster, '-p', String(port), ...asFlags({ ...SETTINGS, ...(durable ? {} : NOT_DURABLE) })],
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
    uid: user?.uid,
    gid: user?.gid,
    stopSignal: 'INT', // fast: sessions are cut off, files are closed in good order
    forceSignal: 'QUIT',
  })
  const url = `postgres://${SUPERUSER}:${password}@${LOOPBACK}:${port}/postgres`
  const version = await waitUntilReady('PostgreSQL', server, () => askVersion(url, folder), signal)
  const stop = async () => {
    await server.stop()
    await endOrphanedSessions(cluster)
  }
  return { url, ...version, how: `started here, data in ${folder}`, pid, stop }
}

/** Nothing while the server is not ready to answer. */
async function askVersion(url: string, folder: string): Promise<Version | undefined> {
  try {
    return await readVersion(url)
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== WRONG_PASSWORD) return undefined
    throw new ServerError(
      'did-not-start',
      `${folder} holds a database, but its password is lost: remove the folder to start over`,
      { cause },
    )
  }
}

async function readVersion(url: string): Promise<Version> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
  client.on('error', () => undefined) // the query that fails tells
  try {
    await client.connect()
    const { rows } = await client.query<{ version: string; num: number }>(
      `select current_setting('server_version') as version, current_setting('server_version_num')::int as num`,
    )
    const [row] = rows
    if (row === undefined) throw new Error('it does not tell its version')
    return { version: row.version.split(' ')[0] ?? row.version, versionNum: row.num }
  } finally {
    await client.end().catch(() => undefined)
  }
}

function asFlags(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}
