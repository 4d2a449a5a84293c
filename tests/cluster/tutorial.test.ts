import { execFile } from 'node:child_process'
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ControlPlane } from '../support/cluster/control-plane.ts'
import { type Image, projectImage } from '../support/cluster/images.ts'
import { PlayedNode } from '../support/cluster/played-node.ts'
import { findTool } from '../support/cluster/tools.ts'
import { docBlocks } from '../support/doc-blocks.ts'
import { commandsOf } from '../support/doc-commands.ts'
import { cellsOf, queryCells } from '../support/doc-queries.ts'
import { eventually } from '../support/eventually.ts'
import { freshDatabase, freshRedis } from '../support/servers.ts'
import { throwAwayFolder } from '../support/throw-away-folder.ts'

// The page as a reader plays it, but for what takes containers: nodes are played, so its servers are those of the tests, and nothing is run
// inside a pod.

const LONG = { withinMs: 90_000 }

/** In place of a server's image. */
const NOTHING: Image = { entrypoint: ['sleep', 'infinity'], programs: { 'redis-server': ['sleep', 'infinity'] } }

const IN_WORKER = /^kubectl exec (?:--stdin )?deployment\/airport-departures-worker -- mp /

/** What a cluster has not told yet when it is asked at once. */
const COMES_LATER = /^kubectl (get|exec .* list)/

const resources = new AsyncDisposableStack()
let folder: string
let client: pg.Client
let environment: Record<string, string>
let replacements: readonly (readonly [string, string])[]

beforeAll(async () => {
  const plane = resources.use(await ControlPlane.start())
  const images = { 'metrics-pipeline-operator:0.1.0': projectImage(), 'postgres:18': NOTHING, 'redis:7': NOTHING }
  resources.use(await PlayedNode.join(plane, { images }))
  const database = resources.use(await freshDatabase())
  const redis = resources.use(await freshRedis())
  client = new pg.Client({ connectionString: database.url })
  await client.connect()
  resources.defer(async () => await client.end())
  folder = await throwAwayFolder()
  resources.defer(async () => await rm(folder, { recursive: true, force: true }))
  await mkdir(join(folder, 'bin'))
  for (const tool of ['kubectl', 'helm'] as const) await symlink(await findTool(tool), join(folder, 'bin', tool))
  for (const name of ['charts', 'examples']) await symlink(resolve(name), join(folder, name))
  environment = {
    PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
    KUBECONFIG: plane.kubeconfig,
    HOME: folder,
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    PIPELINE_FILE: 'examples/airport-departures.yaml',
  }
  replacements = [
    ['postgres://postgres:$password@postgres/postgres', database.url],
    ['redis://:$password@redis', redis.url],
  ]
}, 120_000)

afterAll(async () => {
  await resources.disposeAsync()
}, 120_000)

test('the tutorial of Kubernetes does what it says', { timeout: 300_000 }, async () => {
  let query = ''
  for (const { language, text, file } of docBlocks('docs/tutorial-kubernetes.md')) {
    if (file !== undefined) await writeFile(join(folder, file), text)
    else if (language === 'console') for (const [command, output] of commandsOf(text)) await play(command, output)
    else if (language === 'sql') query = text
    else if (language === 'text')
      await eventually(async () => expect(await queryCells(client, query)).toEqual(cellsOf(text)), LONG)
  }
})

/** A command below which nothing is shown only has to succeed. */
async function play(command: string, output: string): Promise<void> {
  const variable = /^(\w+)=(\$\(.*\))$/.exec(command)
  if (variable !== null) {
    environment[variable[1] ?? ''] = (await run(`echo ${variable[2]}`)).trim()
    return
  }
  const once = async () => {
    const said = await run(command)
    if (output !== '') expect(settled(said), command).toEqual(settled(output))
  }
  await (COMES_LATER.test(command) ? eventually(once, LONG) : once())
}

async function run(command: string): Promise<string> {
  const shown = command.replace(IN_WORKER, `"${process.execPath}" "${resolve('cli/mp.mjs')}" `)
  const text = replacements.reduce((before, [from, to]) => before.replace(from, to), shown)
  const script = `{ ${text}; } 2>&1`
  const { stdout, code } = await promisify(execFile)('bash', ['-c', script], { cwd: folder, env: environment }).then(
    (ended) => ({ ...ended, code: 0 }),
    (error: { stdout: string; code: number }) => error, // the page shows a refusal as well
  )
  if (code !== 0 && !/Invalid value|is invalid/.test(stdout)) throw new Error(`${command}: ${stdout}`)
  return stdout
}

/** The text without what differs from run to run. */
function settled(text: string): readonly string[] {
  return text
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replaceAll(/\b\d{13}-\d+/g, '<entry>')
    .replaceAll(/\b\d+m?\d*s$/gm, '<age>')
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().replaceAll(/ +/g, ' '))
}
