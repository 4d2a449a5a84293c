import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../adapters/process/servers/free-port.ts'
import { type Bundles, buildBundles } from '../support/bundles.ts'
import { ExporterProcess } from '../support/exporter-process.ts'
import { Laptop } from '../support/laptop.ts'
import type { Ended } from '../support/running-process.ts'
import { freshDatabase, freshRedis } from '../support/servers.ts'
import { shopManifest, shopPipeline } from '../support/shop-manifest.ts'

type ProgramName = 'worker' | 'aggregator' | 'exporter'

type Variables = Readonly<Record<string, string>>

let folder: string
let bundles: Bundles
let pipeline: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'metrics-pipeline-configuration-'))
  pipeline = join(folder, 'shops.yaml')
  await writeFile(pipeline, shopManifest())
  await writeFile(join(folder, 'broken.yaml'), shopManifest().replace('"integer"', '"integr"'))
  bundles = await buildBundles()
})

afterAll(async () => {
  await bundles?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

async function run(file: string, environment: Variables): Promise<Ended> {
  const child = spawn(process.execPath, [file], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: child.exitCode, out, err }
}

const UNSET = {
  PIPELINE_FILE: 'PIPELINE_FILE: is not set; must name the YAML file of the MetricsPipeline',
  DATABASE_URL: 'DATABASE_URL: is not set; must be a URL such as postgres://user:password@host:5432/database',
  REDIS_URL: 'REDIS_URL: is not set; must be a URL such as redis://user:password@host:6379/0',
  CONSUMER_NAME:
    'CONSUMER_NAME: is not set; must name this worker within its group, stable over restarts: its pending entries are found by it',
}

const VALID = {
  DATABASE_URL: 'postgres://me@127.0.0.1:1/db',
  REDIS_URL: 'redis://127.0.0.1:1',
  CONSUMER_NAME: 'worker-0',
}

const SOURCES: [string, (program: ProgramName) => string] = ['from its source', (program) => `${program}/main.ts`]

const BUNDLES: [string, (program: ProgramName) => string] = ['as its bundle', (program) => bundles.fileOf(program)]

describe.each([SOURCES, BUNDLES])('run %s', { concurrent: true }, (_how, fileOf) => {
  test.each<[sentence: string, program: ProgramName, environment: () => Variables, problems: readonly string[]]>([
    ['a worker that is told nothing lists all that it needs', 'worker', () => ({}), Object.values(UNSET)],
    [
      'an aggregator that is told nothing lists all that it needs',
      'aggregator',
      () => ({}),
      [UNSET.PIPELINE_FILE, UNSET.DATABASE_URL],
    ],
    [
      'an exporter that is told nothing lists all that it needs',
      'exporter',
      () => ({}),
      [
        'PIPELINES_DIR: is not set; must name the folder that holds a file for each pipeline',
        'CONNECTIONS_DIR: is not set; must name the folder that holds the connections of each pipeline',
      ],
    ],
    [
      'values that cannot be meant are listed with what to write, and secrets among them are not repeated',
      'worker',
      () => ({
        PIPELINE_FILE: pipeline,
        DATABASE_URL: 'mysql://me:s3cret@host/db',
        REDIS_URL: 's3cret',
        CONSUMER_NAME: 'worker 0',
        HTTP_PORT: '80000',
        LOG_LEVEL: 'loud',
        DRAIN_SECONDS: '0',
      }),
      [
        'DATABASE_URL: must be a URL such as postgres://user:password@host:5432/database',
        'REDIS_URL: must be a URL such as redis://user:password@host:6379/0',
        'CONSUMER_NAME: must have 1 to 128 letters, digits, dots, colons, dashes or underscores',
        'HTTP_PORT: must be a whole number from 0 to 65535',
        'LOG_LEVEL: must be debug, info, warn or error',
        'DRAIN_SECONDS: must be a whole number from 1 to 3600',
      ],
    ],
    [
      'a password that was not encoded is told how to',
      'worker',
      () => ({
        PIPELINE_FILE: pipeline,
        DATABASE_URL: 'postgres://me:s3cr@et/12@host/db',
        REDIS_URL: 'redis://me:12/s3cret@host',
        CONSUMER_NAME: 'worker-0',
      }),
      [
        'DATABASE_URL: must be a URL such as postgres://user:password@host:5432/database; in a password write @ as %40, / as %2F, : as %3A, ? as %3F, # as %23 and % as %25',
        'REDIS_URL: must be a URL such as redis://user:password@host:6379/0; in a password write @ as %40, / as %2F, : as %3A, ? as %3F, # as %23 and % as %25',
      ],
    ],
    [
      'a secret whose file cannot be read is named by that file',
      'worker',
      () => ({ PIPELINE_FILE: pipeline, ...VALID, DATABASE_URL: '', DATABASE_URL_FILE: '/nowhere/url' }),
      ['DATABASE_URL_FILE: cannot be read (ENOENT): /nowhere/url'],
    ],
    [
      'a pipeline file that there is not is named',
      'worker',
      () => ({ ...VALID, PIPELINE_FILE: 'none.yaml' }),
      ['none.yaml: there is no such file'],
    ],
    [
      'an invalid pipeline is told with file, line and field',
      'aggregator',
      () => ({ ...VALID, PIPELINE_FILE: join(folder, 'broken.yaml') }),
      [
        expect.stringMatching(
          /broken\.yaml:1: spec\.metrics\.definition\.events\.order\.fields\.cents\.type: .*did you mean integer\?$/,
        ),
      ],
    ],
  ])('%s: exit code 2', async (_sentence, program, environment, problems) => {
    const { code, out, err } = await run(fileOf(program), environment())
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err.trimEnd().split('\n')).toEqual(problems)
  })

  test.each<[program: ProgramName]>([['worker'], ['aggregator']])(
    'a start of the %s names a server that does not answer, without secrets',
    async (program) => {
      const port = await freePort()
      const address = `127.0.0.1:${port}`
      const ended = await run(fileOf(program), {
        ...VALID,
        PIPELINE_FILE: pipeline,
        DATABASE_URL: `postgres://me:s3cret@${address}/db?application_name=s3cret`,
      })
      expect(ended).toEqual({
        code: 1,
        out: '',
        err: `no PostgreSQL answers at postgres://me@${address}/db: connect ECONNREFUSED ${address}\n`,
      })
    },
  )

  test('an exporter looks at pipelines', async () => {
    await using database = await freshDatabase()
    await using redis = await freshRedis()
    await using exporter = await ExporterProcess.start(fileOf('exporter'))
    await exporter.add({ pipeline: shopPipeline() }, { databaseUrl: database.url, redisUrl: redis.url })
    await exporter.sees('shops', { source: { backlog: 0 }, database: { migrated: false } })
  })

  test.each<[program: ProgramName]>([['worker'], ['aggregator']])(
    'a start of the %s on a database that was never migrated says what to run',
    async (program) => {
      await using database = await freshDatabase()
      await using redis = await freshRedis()
      const environment = { ...VALID, PIPELINE_FILE: pipeline, DATABASE_URL: database.url, REDIS_URL: redis.url }
      expect(await run(fileOf(program), environment)).toEqual({
        code: 1,
        out: '',
        err: 'schema public is not migrated to this definition yet; run: mp migrate -f <pipeline file>\n',
      })
    },
  )
})

test.concurrent.each<[command: string, server: 'PostgreSQL' | 'Redis']>([
  ['status', 'Redis'],
  ['publish', 'Redis'],
  ['aggregate', 'PostgreSQL'],
  ['dead-letters list', 'PostgreSQL'],
  ['migrate', 'PostgreSQL'],
  ['up', 'PostgreSQL'],
])('mp %s names the server that does not answer: %s', async (command, server) => {
  const port = await freePort()
  await using laptop = await Laptop.open({
    DATABASE_URL: `postgres://me:s3cret@127.0.0.1:${port}/db`,
    REDIS_URL: `redis://me:s3cret@127.0.0.1:${port}/0`,
  })
  const address = server === 'Redis' ? `redis://me@127.0.0.1:${port}/0` : `postgres://me@127.0.0.1:${port}/db`
  expect(await laptop.mp([...command.split(' '), '-f', pipeline])).toEqual({
    code: 1,
    out: '',
    err: `error: no ${server} answers at ${address}: connect ECONNREFUSED 127.0.0.1:${port}\n`,
  })
})

test.concurrent.each([['status'], ['aggregate'], ['dead-letters list']])(
  'mp %s on a database that was never migrated says what to run',
  async (command) => {
    await using database = await freshDatabase()
    await using redis = await freshRedis()
    await using laptop = await Laptop.open({ DATABASE_URL: database.url, REDIS_URL: redis.url })
    const { code, err } = await laptop.mp([...command.split(' '), '-f', pipeline])
    expect(code).toBe(1)
    expect(err).toMatch(
      /^(error: )?schema public is not migrated to this definition yet; run: mp migrate -f <pipeline file>\n$/,
    )
  },
)

test.concurrent.each([['status'], ['publish'], ['dead-letters list']])(
  'mp %s without connections says what to set or to start',
  async (command) => {
    await using laptop = await Laptop.open()
    const { code, err } = await laptop.mp([...command.split(' '), '-f', pipeline])
    expect(code).toBe(2)
    expect(err).toMatch(
      /^(REDIS|DATABASE)_URL is not set, and no mp up for the pipeline shops runs in this folder; set it, or start mp up\n$/,
    )
  },
)
