import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import type { LocalServer } from './local-server.ts'

const IMAGE = 'redis:7-alpine'
const PORT = 6379
const ENGINE_ANSWERS_WITHIN_MS = 5_000
const VOLUME_NAME_LENGTH = 12

export interface RedisInDocker {
  readonly dataDir: string
  readonly password: string
  /** On this machine. */
  readonly port: number
  /** Arguments of redis-server that both ways of running it share. */
  readonly args: readonly string[]
  readonly durable: boolean
  readonly log: (message: string) => void
}

/** Redis in a container that goes when this process goes. Nothing where no engine answers, or where it cannot have the image. */
export async function startRedisInDocker(options: RedisInDocker): Promise<Omit<LocalServer, 'version'> | undefined> {
  if (!(await engineAnswers())) return undefined
  const testcontainers = await import('testcontainers').catch(() => undefined) // not installed with the command line alone
  if (testcontainers === undefined) return undefined
  options.log(`no Redis is installed: starting ${IMAGE} in Docker`)
  try {
    return await startContainer(testcontainers, options)
  } catch (error) {
    options.log(
      `Docker answers, but ${IMAGE} does not start: ${error instanceof Error ? error.message : String(error)}`,
    )
    return undefined
  }
}

async function engineAnswers(): Promise<boolean> {
  const options = { timeout: ENGINE_ANSWERS_WITHIN_MS }
  return await promisify(execFile)('docker', ['version', '--format', '{{.Server.Version}}'], options).then(
    () => true,
    () => false,
  )
}

async function startContainer(
  { GenericContainer, Wait }: typeof import('testcontainers'),
  { dataDir, password, port, args, durable }: RedisInDocker,
): Promise<Omit<LocalServer, 'version'>> {
  const volume = `metrics-pipeline-${createHash('sha256').update(dataDir).digest('hex').slice(0, VOLUME_NAME_LENGTH)}`
  const container = new GenericContainer(IMAGE)
    .withExposedPorts({ container: PORT, host: port })
    .withCommand(['redis-server', '--port', String(PORT), '--requirepass', password, ...args])
    .withWaitStrategy(Wait.forLogMessage('Ready to accept connections'))
  if (durable) container.withBindMounts([{ source: volume, target: '/data' }]) // a volume keeps its own owner, a folder of ours would not
  const started = await container.start()
  return {
    url: `redis://:${password}@${started.getHost()}:${started.getMappedPort(PORT)}/0`,
    how: `${IMAGE} in Docker${durable ? `, data in volume ${volume}` : ''}`,
    pid: undefined,
    stop: async () => void (await started.stop()),
  }
}
