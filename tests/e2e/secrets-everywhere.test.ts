import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { eventually } from '../support/eventually.ts'
import { ExporterProcess } from '../support/exporter-process.ts'
import { ScriptedApiServer } from '../support/kubernetes/scripted-api-server.ts'
import { Laptop, type RunningCommand } from '../support/laptop.ts'
import { MountedFolder } from '../support/mounted-folder.ts'
import { PipelineOnServers } from '../support/pipeline-on-servers.ts'
import { listProcesses } from '../support/process-list.ts'
import { RotatingUser } from '../support/rotating-user.ts'
import { Program } from '../support/run-program.ts'
import { shopManifest, shopPipeline } from '../support/shop-manifest.ts'
import { orders } from '../support/shop-orders.ts'

/** With everything that means something in a URL. Each part between is like nothing else, so that a part that gets out is found too. */
const PASSWORD = 'Zqa1@Zqb2/Zqc3%Zqd4:Zqe5?Zqf6#Zqg7&Zqh8=Zqi9+Zqj0'

const TOLD = /Zq[a-j]\d/i

/** Longer than any of these takes to find out that it cannot go on, on however busy a machine. */
const LONG_MS = 60_000

interface Urls {
  readonly databaseUrl: string
  readonly redisUrl: string
}

let shops: PipelineOnServers
let user: RotatingUser
/** As they should be. */
let urls: Urls
let laptop: Laptop

beforeAll(async () => {
  shops = await PipelineOnServers.open(shopPipeline())
  await shops.publish([...orders(0, 20), { type: 'order', data: { cents: 'many' } }])
  user = await RotatingUser.create(shops, PASSWORD)
  urls = each(
    shops,
    (url) => Object.assign(new URL(url), { username: user.name, password: encodeURIComponent(PASSWORD) }).href,
  )
  laptop = await Laptop.open({ LOG_LEVEL: 'debug', ...TELEMETRY })
  await laptop.write('shops.yaml', shopManifest())
})

afterAll(async () => {
  await laptop?.[Symbol.asyncDispose]()
  await user?.[Symbol.asyncDispose]()
  await shops?.[Symbol.asyncDispose]()
})

/** Nobody listens there. */
const TELEMETRY = {
  OTEL_EXPORTER_OTLP_ENDPOINT: `http://me:${encodeURIComponent(PASSWORD)}@127.0.0.1:9`,
  OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20Zqa1,x-key=Zqb2',
} as const

function each({ databaseUrl, redisUrl }: Urls, change: (url: string) => string): Urls {
  return { databaseUrl: change(databaseUrl), redisUrl: change(redisUrl) }
}

function expectNothingTold(said: Readonly<Record<string, string>>): void {
  for (const [where, text] of Object.entries(said)) {
    const at = text.search(TOLD)
    expect(at === -1 ? '' : text.slice(Math.max(0, at - 200), at + 100), `${where} tells a part of a password`).toBe('')
  }
}

const encoded = encodeURIComponent(PASSWORD)

/** What is wrong with a connection, and how its URL is then. */
const TROUBLES: readonly (readonly [trouble: string, change: (url: string) => string])[] = [
  ['a wrong password', (url) => Object.assign(new URL(url), { username: 'me', password: `x${encoded}` }).href],
  ['nobody there', (url) => Object.assign(new URL(url), { hostname: '127.0.0.1', port: '1' }).href],
  ['a host that there is not', (url) => Object.assign(new URL(url), { hostname: 'nobody.invalid' }).href],
  ['a password as a parameter', (url) => `${withoutPassword(url)}?password=${encoded}`],
  ['a password that nobody encoded', (url) => withPassword(url, PASSWORD)],
  ['one that begins like a port', (url) => withPassword(url, '12/Zqb2@Zqc3')],
  ['one that ends like a query', (url) => withPassword(url, '12?Zqb2@Zqc3')],
  ['one with a lonely percent sign', (url) => withPassword(url, 'Zqa1%Zqb2')],
  ['one with blanks and quotes', (url) => withPassword(url, `Zqa1 "Zqb2' \\Zqc3`)],
  ['another scheme', (url) => withPassword(url, encoded).replace(/^\w+/, 'mysql')],
  ['no URL at all', () => 'me:Zqa1'],
]

function withPassword(url: string, password: string): string {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//me:${password}@${host}${pathname}`
}

function withoutPassword(url: string): string {
  return Object.assign(new URL(url), { username: 'me', password: '' }).href
}

const PROGRAMS: readonly (readonly [what: string, main: string, args: readonly string[]])[] = [
  ['a worker', 'worker/main.ts', []],
  ['a daily aggregation', 'aggregator/main.ts', ['daily', '--verbose']],
  ['a day roll', 'aggregator/main.ts', ['day-roll']],
  ...[
    ['status'],
    ['top', '--once', '--interval', '500ms'],
    ['dead-letters', 'list'],
    ['dead-letters', 'replay', '--all'],
    ['backfill'],
    ['aggregate', '--verbose'],
    ['migrate'],
    ['up', '--workers', '1'],
    ['demo', '--example', 'airport-departures', '--seconds', '1'],
  ].map((args) => [`mp ${args.join(' ')}`, 'cli/main.ts', args] as const),
]

const ENVIRONMENT = { CONSUMER_NAME: 'worker-0', LOG_LEVEL: 'debug', ...TELEMETRY }

type Trouble = (typeof TROUBLES)[number]

const ALL_TROUBLES = PROGRAMS.filter(([what]) => what === 'a worker' || what === 'mp status')

/** Which every program comes to; what an environment says is read by one function for all of them. */
const [REFUSED] = TROUBLES as [Trouble]

const RUNS = [
  ...ALL_TROUBLES.flatMap((program) => TROUBLES.map((trouble) => [...program, ...trouble] as const)),
  ...PROGRAMS.filter((program) => !ALL_TROUBLES.includes(program)).map((program) => [...program, ...REFUSED] as const),
].map(([what, main, args, trouble, change]) => [`${what}, ${trouble}`, main, args, change] as const)

test.each(RUNS)(
  '%s: no part of the password is told',
  { timeout: 2 * LONG_MS },
  async (_sentence, main, args, change) => {
    const [database, redis] = await Promise.all([
      run(main, args, { ...urls, databaseUrl: change(urls.databaseUrl) }),
      run(main, args, { ...urls, redisUrl: change(urls.redisUrl) }),
    ])
    expectNothingTold({ ...prefixed('database', database), ...prefixed('Redis', redis) })
  },
)

const WITH_FILES = PROGRAMS.filter(([what]) => /^a |mp status|mp up/.test(what))

test.each(WITH_FILES)(
  '%s: nor when the connections are in files',
  { timeout: 2 * LONG_MS },
  async (_what, main, args) => {
    const [, wrong] = REFUSED
    await using folder = await MountedFolder.create({ database: wrong(urls.databaseUrl), redis: wrong(urls.redisUrl) })
    const files = { DATABASE_URL_FILE: folder.pathOf('database'), REDIS_URL_FILE: folder.pathOf('redis') }
    expectNothingTold(await run(main, args, { databaseUrl: '', redisUrl: '' }, files))
  },
)

interface Said extends Record<string, string> {
  readonly out: string
  readonly err: string
}

/** All that a program says; one that goes on in spite of everything is asked to end. */
async function run(
  main: string,
  args: readonly string[],
  connections: Urls,
  environment: Readonly<Record<string, string>> = {},
): Promise<Said> {
  const given = { pipeline: shops.pipeline, ...connections }
  await using program = await Program.start(main, given, args, { ...ENVIRONMENT, ...environment })
  const asked = setTimeout(() => program.kill('SIGTERM'), LONG_MS)
  const { out, err } = await program.ended
  clearTimeout(asked)
  expect(out + err).toMatch(/\w/)
  return { out, err }
}

function prefixed(what: string, said: Said): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(said).map(([name, text]) => [`${name}, of the ${what}`, text]))
}

test('while all goes well no log, no metric, no readiness and no command line tells it', async () => {
  await using worker = await Program.start('worker/main.ts', { pipeline: shops.pipeline, ...urls }, [], ENVIRONMENT)
  const [, port] = await worker.saying(/"port":(\d+).*"msg":"worker reads"/)
  await worker.saying(/"msg":"entries set aside as dead letters"/)
  const page = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text()
  const [metrics, readiness] = [await page('/metrics'), await page('/readyz')]
  const processes = (await listProcesses()).map(({ command }) => command).join('\n')
  worker.kill('SIGTERM')
  expect(await worker.ended).toMatchObject({ code: 0 })
  expectNothingTold({ metrics, readiness, processes, log: worker.output })
})

test('mp up on servers that are given, and all commands beside it', async () => {
  const environment = { DATABASE_URL: urls.databaseUrl, REDIS_URL: urls.redisUrl }
  const up = laptop.start(['up', '-f', 'shops.yaml', '--workers', '1'], { environment })
  await up.saying(/^shops is up/m)
  const said: Record<string, string> = {}
  for (const command of [
    'status',
    'status -o json',
    'top --once -i 500ms',
    'top --once --json -i 500ms',
    'explain',
    'dead-letters list',
    'render',
    'validate',
  ]) {
    const { out, err } = await laptop.mp([...command.split(' '), '-f', 'shops.yaml'], { environment })
    said[command] = out + err
  }
  const processes = (await up.descendants()).map(({ command }) => command).join('\n')
  up.kill('SIGTERM')
  await up.ended
  const log = await readFile(join(laptop.folder, '.mp/pipelines/shops/logs/shops-worker-0.log'), 'utf8')
  expectNothingTold({ ...said, processes, up: up.output, log })
})

test.each(TROUBLES)('an exporter: %s', async (_trouble, change) => {
  const wrong = each(urls, change)
  await using exporter = await ExporterProcess.start(
    'exporter/main.ts',
    { pipeline: shops.pipeline, ...wrong },
    TELEMETRY,
  )
  await eventually(async () =>
    expect((await exporter.signals())['shops']).toMatchObject({
      source: { unreachable: expect.any(String) },
      database: { unreachable: expect.any(String) },
    }),
  )
  const [signals, metrics] = [(await exporter.get('/signals')).text, (await exporter.get('/metrics')).text]
  expectNothingTold({ log: exporter.log, signals, metrics })
})

test.each<[sentence: string, manifest: string]>([
  ['as the database', `database: "postgres://me:${PASSWORD}@host/db"`],
  ['as the connection', `database: { connection: "postgres://me:${PASSWORD}@host/db" }`],
  ['as a field of its own', `database: { url: "postgres://me:${PASSWORD}@host/db" }`],
  [
    'as the name of a Secret',
    `database: { connection: { secretKeyRef: { name: "postgres://me:${PASSWORD}@host/db", key: url } } }`,
  ],
  ['in a line that is no YAML', `database: { url: postgres://me:${PASSWORD}@host/db`],
  ['as the name of a field', `"postgres://me:${PASSWORD}@host/db": {}`],
])('a pipeline file that holds a URL %s', async (_sentence, line) => {
  await laptop.write(
    'wrong.yaml',
    `apiVersion: metricspipelines.io/v1alpha1\nkind: MetricsPipeline\nmetadata: { name: wrong }\nspec:\n  ${line}\n`,
  )
  const { code, out, err } = await laptop.mp(['validate', '-f', 'wrong.yaml'])
  expect(code).toBe(2)
  expectNothingTold({ out, err })
})

describe('a kubeconfig', () => {
  const key = `-----BEGIN PRIVATE KEY-----\nZqa1Zqb2\n-----END PRIVATE KEY-----\n`
  const base64 = (text: string) => Buffer.from(text).toString('base64')

  /** Who talks to an API server, and how to bring it to say something. */
  const CLIENTS: readonly (readonly [
    what: string,
    start: (environment: Record<string, string>) => RunningCommand | Program | Promise<Program>,
  ])[] = [
    ['mp explain', (environment) => laptop.start(['explain', 'shops'], { environment })],
    ['mp top', (environment) => laptop.start(['top', 'shops', '--once', '-i', '500ms'], { environment })],
    [
      'the operator',
      (environment) =>
        Program.start('operator/main.ts', { pipeline: shops.pipeline, ...urls }, [], {
          ...ENVIRONMENT,
          OPERAND_IMAGE: 'image:1',
          POD_NAME: 'operator',
          POD_NAMESPACE: 'team',
          WATCH_NAMESPACES: 'team',
          HTTP_PORT: '0',
          ...environment,
        }),
    ],
  ]

  const USERS: readonly (readonly [what: string, user: object])[] = [
    ['a token', { token: 'Zqa1' }],
    ['a name and a password', { username: 'me', password: PASSWORD }],
    ['a key that is none', { 'client-certificate-data': base64('Zqc3'), 'client-key-data': base64(key) }],
  ]

  test.each(CLIENTS.flatMap(([client, start]) => USERS.map(([what, who]) => [client, what, start, who] as const)))(
    '%s tells nothing of %s',
    async (_client, _what, start, who) => {
      await using server = await ScriptedApiServer.start((_request, response) => {
        response.writeHead(401).end('{}')
      })
      await server.writeKubeConfig({ user: who as Record<string, unknown> })
      const said: Record<string, string> = {}
      for (const url of [server.url, 'https://127.0.0.1:1']) {
        await server.writeKubeConfig({ user: who as Record<string, unknown>, server: url })
        const client = await start({ KUBECONFIG: server.kubeConfig })
        await eventually(() => expect(!client.running || /"level":"warn"/.test(client.output)).toBe(true))
        client.kill('SIGKILL')
        await client.ended
        said[url] = client.output
        expect(client.output).toMatch(/\w/)
      }
      expectNothingTold(said)
    },
  )

  test.each(CLIENTS)('%s tells nothing of one that is no YAML', async (_what, start) => {
    const config = stringify({ users: [{ name: 'me', user: { token: 'Zqa1' } }] })
    await writeFile(join(laptop.folder, 'kubeconfig'), `${config}  token: "Zqb2\n: : Zqc3`)
    const client = await start({ KUBECONFIG: join(laptop.folder, 'kubeconfig') })
    const { code } = await client.ended
    expect(code).toBe(2)
    expectNothingTold({ output: client.output })
  })
})
