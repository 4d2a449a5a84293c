import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import pg from 'pg'
import { afterEach, describe, expect, test } from 'vitest'
import { assertServerVersion } from '../../adapters/process/servers/assert-server-version.ts'
import { openPostgres } from '../../adapters/process/servers/find-postgres.ts'
import { openRedis } from '../../adapters/process/servers/find-redis.ts'
import type { LocalServer, OpenServerOptions } from '../../adapters/process/servers/local-server.ts'
import { OwnServer } from '../support/own-server.ts'
import { freshDatabase, freshRedis } from '../support/servers.ts'
import { throwAwayFolder } from '../support/throw-away-folder.ts'

interface Kind {
  readonly name: string
  readonly open: (options: OpenServerOptions) => Promise<LocalServer>
  readonly module: string
  readonly write: (url: string) => Promise<void>
  readonly read: (url: string) => Promise<unknown>
}

const kinds: readonly Kind[] = [
  {
    name: 'PostgreSQL',
    open: openPostgres,
    module: 'find-postgres.ts#openPostgres',
    write: (url) => query(url, 'create table kept as select 42 as value').then(() => undefined),
    read: async (url) => (await query(url, 'select value from kept'))[0]?.value,
  },
  {
    name: 'Redis',
    open: openRedis,
    module: 'find-redis.ts#openRedis',
    write: (url) => onRedis(url, async (redis) => void (await redis.set('kept', 42))),
    read: (url) => onRedis(url, async (redis) => Number(await redis.get('kept'))),
  },
]

const log = () => undefined
const folders: string[] = []

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

describe.each(kinds)('$name', ({ open, module, read, write }) => {
  test('keeps data, password and port over a restart', async () => {
    const dataDir = await newFolder()
    const first = await open({ dataDir, log })
    await write(first.url)
    await first.stop()
    const second = await open({ dataDir, log })
    expect(await read(second.url)).toBe(42)
    expect(second.url).toBe(first.url)
    await second.stop()
    await second.stop() // stopping twice is no mistake
  })

  test('starts again on what a killed server left behind', async () => {
    const dataDir = await newFolder()
    const first = await open({ dataDir, log })
    await write(first.url)
    process.kill(pidOf(first), 'SIGKILL')
    await first.stop()
    const second = await open({ dataDir, log })
    expect(await read(second.url)).toBe(42)
    await second.stop()
  })

  test('starts when the number of the server that was killed belongs to another process by now', async () => {
    const dataDir = await newFolder()
    const first = await open({ dataDir, log })
    process.kill(pidOf(first), 'SIGKILL')
    await first.stop()
    const pidFile = (await exists(join(dataDir, 'redis.pid'))) ? 'redis.pid' : 'data/postmaster.pid'
    const left = await readFile(join(dataDir, pidFile), 'utf8')
    await writeFile(join(dataDir, pidFile), left.replace(/^\d+/, String(process.ppid)))
    const second = await open({ dataDir, log })
    await second.stop()
  })

  test('refuses a folder that another server uses, and says so', async () => {
    const dataDir = await newFolder()
    const server = await open({ dataDir, log })
    await expect(open({ dataDir, log })).rejects.toMatchObject({
      code: 'in-use',
      message: expect.stringContaining(dataDir),
    })
    await write(server.url) // the first one is unharmed
    await server.stop()
  })

  test.each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)('ends with its process on %s', async (signal) => {
    const dataDir = await newFolder()
    const [file, name] = module.split('#')
    const source = `
      const { ${name} } = await import(${JSON.stringify(new URL(`../../adapters/process/servers/${file}`, import.meta.url).href)})
      const server = await ${name}({ dataDir: ${JSON.stringify(dataDir)}, log() {} })
      console.log(server.pid)
      setInterval(() => undefined, 1000)`
    const owner = spawn(process.execPath, ['--input-type=module', '-e', source], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string]
    const pid = Number(line)
    expect(await commandOf(pid)).not.toBe('')
    owner.kill(signal)
    await expect.poll(() => commandOf(pid), { timeout: 30_000 }).toBe('')
  })

  test('leaves nothing running and tells others nothing of its password', async () => {
    const dataDir = await newFolder()
    const server = await open({ dataDir, log })
    const password = new URL(server.url).password
    const listed = async () => (await promisify(execFile)('ps', ['-eo', 'args'], { maxBuffer: 1 << 26 })).stdout
    expect(await listed()).not.toContain(password)
    expect((await stat(join(dataDir, 'server.json'))).mode & 0o077).toBe(0)
    await server.stop()
    await expect.poll(listed, { timeout: 30_000 }).not.toContain(dataDir) // the guard ends before its helper
  })

  test('takes a given server as it is, and says when there is none', async () => {
    const dataDir = await newFolder()
    const server = await open({ dataDir, log })
    const given = await open({ url: server.url, dataDir: '/nowhere', log })
    await given.stop()
    await write(server.url) // not ours to stop
    await server.stop()
    await expect(open({ url: server.url, dataDir: '/nowhere', log })).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.not.stringContaining(new URL(server.url).password),
    })
  })

  test('gives up starting when asked to', async () => {
    const dataDir = await newFolder()
    await expect(open({ dataDir, log, signal: AbortSignal.abort() })).rejects.toThrow('abort')
    const server = await open({ dataDir, log })
    await server.stop()
  })
})

describe('a server of one test', () => {
  test('comes back at the same address after kill -9', async () => {
    await using postgres = await OwnServer.postgres()
    const { url } = postgres
    await query(url, 'create table kept as select 42 as value')
    const busy = query(url, 'select count(*) from generate_series(1, 1e9)').catch((error: Error) => error)
    await delay(100)
    await postgres.kill()
    expect(await busy).toBeInstanceOf(Error)
    await postgres.startAgain()
    expect(postgres.url).toBe(url)
    expect((await query(url, 'select value from kept'))[0]?.value).toBe(42)
  })

  test('can hang', async () => {
    await using redis = await OwnServer.redis()
    const client = new Redis(redis.url)
    await client.ping()
    redis.freeze()
    const answer = client.ping()
    expect(await Promise.race([answer, delay(200, 'silence')])).toBe('silence')
    redis.thaw()
    expect(await answer).toBe('PONG')
    client.disconnect()
  })
})

describe('what test files share', () => {
  test('each gets a database of its own', async () => {
    await using one = await freshDatabase()
    await using two = await freshDatabase()
    await query(one.url, 'create table only_here ()')
    await expect(query(two.url, 'select from only_here')).rejects.toThrow('does not exist')
  })

  test('each gets a numbered Redis database of its own, empty', async () => {
    const one = await freshRedis()
    await using two = await freshRedis()
    await onRedis(one.url, (redis) => redis.set('only-here', 1))
    expect(two.url).not.toBe(one.url)
    expect(await onRedis(two.url, (redis) => redis.exists('only-here'))).toBe(0)
    await one.release()
    await using three = await freshRedis()
    expect(three.url).toBe(one.url)
    expect(await onRedis(three.url, (redis) => redis.dbsize())).toBe(0)
  })
})

test.each([
  ['PostgreSQL 17', 170_009, true],
  ['PostgreSQL 18', 180_000, false],
  ['PostgreSQL 19', 190_001, false],
])('%s', (_name, versionNum, refused) => {
  const assertion = expect(() => assertServerVersion(versionNum))
  if (refused) assertion.toThrow('PostgreSQL 18 or newer is needed')
  else assertion.not.toThrow()
})

async function newFolder(): Promise<string> {
  const folder = await throwAwayFolder()
  folders.push(folder)
  return folder
}

function pidOf({ pid, how }: LocalServer): number {
  if (pid === undefined) throw new Error(`not a process of this machine: ${how}`)
  return pid
}

async function commandOf(pid: number): Promise<string> {
  return await promisify(execFile)('ps', ['-o', 'args=', '-p', String(pid)]).then(
    ({ stdout }) => stdout.trim(),
    () => '', // no such process
  )
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  )
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function onRedis<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url)
  try {
    return await work(redis)
  } finally {
    redis.disconnect()
  }
}
