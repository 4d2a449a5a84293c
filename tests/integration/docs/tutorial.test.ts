import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { docBlocks } from '../../support/doc-blocks.ts'
import { commandsOf } from '../../support/doc-commands.ts'
import { cellsOf, queryCells } from '../../support/doc-queries.ts'
import { eventually } from '../../support/eventually.ts'
import { type FreshDatabase, type FreshRedis, freshDatabase, freshRedis } from '../../support/servers.ts'

// The tutorial as a reader plays it: its files are written, its commands run, its queries asked, and all must answer what the page shows.

/** Where the page's reader has the clone. */
const READERS_FOLDER = '/home/me/metrics-pipeline'

/** About servers, which the test is given and a reader's `mp up` starts. */
const OF_SERVERS = /^(starting|PostgreSQL) /

const MP = `"${process.execPath}" "${resolve('cli/mp.mjs')}"`

let database: FreshDatabase
let redis: FreshRedis
let folder: string
let client: pg.Client
let environment: NodeJS.ProcessEnv

beforeAll(async () => {
  database = await freshDatabase()
  redis = await freshRedis()
  folder = await mkdtemp(join(tmpdir(), 'metrics-pipeline-tutorial-'))
  environment = { PATH: process.env['PATH'], DATABASE_URL: database.url, REDIS_URL: redis.url }
  client = new pg.Client({ connectionString: database.url, options: '-c TimeZone=UTC' })
  await client.connect()
})

afterAll(async () => {
  await client?.end()
  await database?.drop()
  await redis?.release()
  await rm(folder, { recursive: true, force: true })
})

test('the tutorial does what it says', { timeout: 180_000 }, async () => {
  let query = ''
  await using up = new Up()
  for (const { language, text, file } of docBlocks('docs/tutorial.md')) {
    if (file !== undefined) await writeFile(join(folder, file), text)
    else if (language === 'diff') await edit(join(folder, 'parcels.yaml'), text)
    else if (language === 'console') for (const [command, output] of commandsOf(text)) await play(up, command, output)
    else if (language === 'sql') query = text
    else if (language === 'text')
      await eventually(async () => expect(await queryCells(client, query)).toEqual(cellsOf(text)))
  }
})

async function play(up: Up, command: string, output: string): Promise<void> {
  if (command.startsWith('npx mp up')) return expect(settled(await up.restart())).toEqual(settled(output))
  const once = async () => expect(settled(await run(command)), command).toEqual(settled(output))
  await (command.includes(' list ') ? eventually(once) : once())
}

async function run(command: string): Promise<string> {
  const text = `{ ${command.replace('npx mp', MP)}; } 2>&1`
  const { stdout } = await promisify(execFile)('bash', ['-c', text], { cwd: folder, env: environment }).catch(
    (error: { stdout: string }) => error, // a command may fail: the page shows how
  )
  return stdout
}

/** The text without what differs from run to run. */
function settled(text: string): readonly string[] {
  return text
    .replaceAll(folder, READERS_FOLDER)
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replaceAll(/\b\d{13}-\d+/g, '<entry>')
    .replaceAll(/\b\d+\.\d\ds\b/g, '<duration>')
    .trimEnd()
    .split('\n')
    .filter((line) => !OF_SERVERS.test(line))
}

/** Adds the lines that a diff marks with + after those before them. */
async function edit(path: string, diff: string): Promise<void> {
  const lines = diff.trimEnd().split('\n')
  const without = (added: boolean) => lines.filter((line) => !added || line[0] !== '+').map((line) => line.slice(1))
  const before = without(true).join('\n')
  const text = await readFile(path, 'utf8')
  expect(text).toContain(before)
  await writeFile(path, text.replace(before, without(false).join('\n')))
}

/** The reader's other terminal, where `mp up` runs. */
class Up implements AsyncDisposable {
  #stop: () => Promise<unknown> = async () => undefined

  /** What it says until it is up. */
  async restart(): Promise<string> {
    await this.#stop()
    const args = [resolve('cli/mp.mjs'), 'up', '-f', 'parcels.yaml']
    const child = spawn(process.execPath, args, { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(child, 'exit')
    this.#stop = () => {
      child.kill('SIGINT')
      return ended
    }
    const lines: string[] = []
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line)
      if (line.includes(' is up; ')) break
    }
    child.stdout.resume()
    return lines.join('\n')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop()
  }
}
