import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { awaitFormerServer } from './await-former-server.ts'
import { describeUnreachable } from './describe-unreachable.ts'
import { LOOPBACK } from './free-port.ts'
import { GuardedProcess } from './guarded-process.ts'
import type { LocalServer, OpenServerOptions } from './local-server.ts'
import { readRedisVersion } from './read-redis-version.ts'
import { unpackRedisPackages } from './redis-from-packages.ts'
import { startRedisInDocker } from './redis-in-docker.ts'
import { findRedisOnPath } from './redis-on-path.ts'
import { REDIS_PROGRAM_NAMES, type RedisProgram } from './redis-program.ts'
import { retryStart } from './retry-start.ts'
import { ServerError } from './server-error.ts'
import { loadServerIdentity } from './server-identity.ts'
import { waitUntilReady } from './wait-until-ready.ts'

export interface OpenRedisOptions extends OpenServerOptions {
  /** How many numbered databases the server has, if it is started here. Default: 16. */
  readonly databases?: number | undefined
}

const DEFAULT_DATABASES = 16
const OWNER_ONLY = 0o600
const OWNER_ONLY_FOLDER = 0o700

/**
 * The server at `url`, or one started on files of its own: the Redis or Valkey that is installed, one in Docker where an engine answers,
 * or this system's package unpacked into the user's cache. It never outlives this process.
 */
export async function openRedis(options: OpenRedisOptions): Promise<LocalServer> {
  if (options.url !== undefined) return await useGivenServer(options.url)
  const installed = await findRedisOnPath(process.env.PATH ?? '')
  if (installed !== undefined) return await startProgram(installed, options)
  const contained = await startInDocker(options)
  if (contained !== undefined) return contained
  const unpacked = await unpackRedisPackages(options.log).catch((error: Error) =>
    options.log(`no Redis from packages: ${error.message}`),
  )
  if (unpacked) return await startProgram(unpacked, options)
  throw new ServerError('not-installed', HOW_TO_INSTALL)
}

const HOW_TO_INSTALL = `no Redis here, and none could be fetched. Install it with
  sudo apt-get install redis-server   # Debian, Ubuntu
  sudo dnf install valkey             # Fedora
  brew install redis                  # macOS
or name one in REDIS_URL`

async function useGivenServer(url: string): Promise<LocalServer> {
  try {
    return { url, version: await readRedisVersion(url), how: 'as given', pid: undefined, stop: async () => undefined }
  } catch (cause) {
    throw describeUnreachable('Redis', url, cause)
  }
}

async function startInDocker(options: OpenRedisOptions): Promise<LocalServer | undefined> {
  const { durable = true, log } = options
  const dataDir = resolve(options.dataDir)
  const identity = await loadServerIdentity(dataDir)
  const args = Object.entries(settings(options)).flatMap(([name, value]) => [`--${name}`, value])
  const server = await startRedisInDocker({ dataDir, ...identity, args, durable, log })
  return server && { ...server, version: await readRedisVersion(server.url) }
}

async function startProgram(program: RedisProgram, options: OpenRedisOptions): Promise<LocalServer> {
  return await retryStart(() => startIn(resolve(options.dataDir), program, options))
}

async function startIn(folder: string, program: RedisProgram, options: OpenRedisOptions): Promise<LocalServer> {
  const { log, signal } = options
  const pidFile = join(folder, 'redis.pid')
  await mkdir(folder, { recursive: true, mode: OWNER_ONLY_FOLDER }) // Redis lets everybody read its files
  await awaitFormerServer(folder, pidFile, isRedis, log)
  const { password, port } = await loadServerIdentity(folder)

  log(`starting Redis in ${folder}: ${program.how}`)
  signal?.throwIfAborted()
  const configuration = {
    ...settings(options),
    bind: LOOPBACK,
    port: String(port),
    requirepass: password,
    dir: folder,
    pidfile: pidFile,
  }
  const { process: server, pid } = await GuardedProcess.start({
    file: program.file,
    args: [await writeConfiguration(join(folder, 'redis.conf'), configuration)],
    env: { ...process.env, ...program.env, LC_ALL: 'C' },
    stopSignal: 'TERM',
    forceSignal: 'KILL',
  })
  const url = `redis://:${password}@${LOOPBACK}:${port}/0`
  const version = await waitUntilReady('Redis', server, () => readRedisVersion(url).catch(() => undefined), signal)
  return { url, version, how: `${program.how}, data in ${folder}`, pid, stop: () => server.stop() }
}

/** Events wait here until PostgreSQL has them: never dropped to make room, and on disk within a second where that matters. */
function settings({ durable = true, databases = DEFAULT_DATABASES }: OpenRedisOptions): Record<string, string> {
  return {
    appendonly: durable ? 'yes' : 'no',
    appendfsync: 'everysec',
    save: '',
    'maxmemory-policy': 'noeviction',
    databases: String(databases),
  }
}

/** A file and not arguments: everybody on this machine can read the arguments of a process. */
async function writeConfiguration(path: string, configuration: Readonly<Record<string, string>>): Promise<string> {
  const lines = Object.entries(configuration).map(([name, value]) => `${name} ${JSON.stringify(value)}\n`)
  await writeFile(path, lines.join(''), { mode: OWNER_ONLY })
  return path
}

function isRedis(command: string): boolean {
  return REDIS_PROGRAM_NAMES.some((name) => command.includes(name))
}
