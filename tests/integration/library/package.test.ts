import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import packageJson from '../../../package.json' with { type: 'json' }
import { freshDatabase } from '../../support/servers.ts'

// The package as npm installs it: in node_modules, where Node reads no TypeScript, so what is run is what `make build` makes.

const run = promisify(execFile)

let folder: string
let installed: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'metrics-pipeline-package-'))
  installed = join(folder, 'node_modules', packageJson.name)
  await mkdir(join(installed, 'cli'), { recursive: true })
  await run(process.execPath, ['tools/build.ts', join(installed, 'dist')], { env: withTools() })
  for (const file of ['package.json', 'cli/mp.mjs']) await cp(file, join(installed, file))
  await symlink(resolve('node_modules'), join(installed, 'node_modules'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

function withTools(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: [resolve('node_modules/.bin'), process.env['PATH']].join(delimiter) }
}

const mp = (...args: string[]) => run(process.execPath, [join(installed, packageJson.bin.mp), ...args], { cwd: folder })

test('mp runs', async () => {
  expect((await mp('--version')).stdout).toBe(`${packageJson.version}\n`)
  expect((await mp('validate', '-f', resolve('examples/tutor-performance.yaml'))).stdout).toMatch(
    /^metricspipeline\/tutor-performance is valid/,
  )
})

test('a program imports it by its name, and finds in it what it reads from disk', async () => {
  await using database = await freshDatabase()
  await writeFile(
    join(folder, 'program.mjs'),
    `import { createWorker, EventProducer, loadPipeline, migratePipeline, parsePipeline, runDailyAggregation } from '${packageJson.name}'
     const [, , file, databaseUrl] = process.argv
     const pipeline = await loadPipeline(file)
     const migrated = await migratePipeline(pipeline, databaseUrl)
     const { total, parity } = await runDailyAggregation({ pipeline, databaseUrl })
     const functions = [createWorker, EventProducer.connect, parsePipeline].map((each) => typeof each)
     console.log(JSON.stringify({ migrated, total, parity, functions }))`,
  )
  const { stdout } = await run(
    process.execPath,
    ['program.mjs', resolve('examples/tutor-performance.yaml'), database.url],
    {
      cwd: folder,
    },
  )
  expect(JSON.parse(stdout)).toEqual({
    migrated: { revision: 1, isNew: true },
    total: 0,
    parity: { compared: 0, mismatches: 0, missing: 0, overdue: 0, entities: [] },
    functions: ['function', 'function', 'function'],
  })
})

test('its declarations tell a program what it gets', async () => {
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  await writeFile(
    join(folder, 'program.ts'),
    `import { type AggregationSummary, createLogger, createWorker, loadPipeline, runDailyAggregation, type Worker } from '${packageJson.name}'
     const pipeline = await loadPipeline('pipeline.yaml')
     const log = createLogger('info', 'program')
     const worker: Worker = createWorker({ pipeline, databaseUrl: '', redisUrl: '', consumer: 'program', log })
     const summary: AggregationSummary = await runDailyAggregation({ pipeline, databaseUrl: '' })
     export const numbers: number[] = [summary.successful, summary.parity.mismatches]
     // @ts-expect-error it has no such thing
     worker.stopped()`,
  )
  const options = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2024',
    '--lib',
    'es2024,esnext.disposable',
  ]
  const types = ['--types', 'node', '--typeRoots', resolve('node_modules/@types')]
  await run('tsc', [...options, ...types, 'program.ts'], { cwd: folder, env: withTools() }).catch(
    (error: { stdout: string }) => {
      throw new Error(error.stdout)
    },
  )
})
