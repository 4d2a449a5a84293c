import { execFile, spawn } from 'node:child_process'
import { cpSync, existsSync, readFileSync, symlinkSync } from 'node:fs'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Ended, RunningProcess } from '../support/running-process.ts'

const LARGEST_BYTES = 8 * 1024 * 1024
const PATH = [resolve('node_modules/.bin'), process.env['PATH']].join(':')

/** What Docker would get to see, with the packages that it would install. */
let context: string
/** What would be `/app`. */
let app: string

beforeAll(async () => {
  context = await mkdtemp(join(tmpdir(), 'metrics-pipeline-context-'))
  app = join(context, 'app')
  for (const path of dockerContext()) cpSync(path, join(context, path), { recursive: true })
  symlinkSync(resolve('node_modules'), join(context, 'node_modules'))
  const options = { cwd: context, env: { ...process.env, PATH } }
  await promisify(execFile)(process.execPath, ['tools/build-image.ts', app], options)
})

afterAll(async () => await rm(context, { recursive: true, force: true }))

/** The ignore file leaves out everything but what it names. */
function dockerContext(): readonly string[] {
  const rules = readFileSync('.dockerignore', 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  expect(rules[0]).toBe('*')
  return rules.slice(1).map((rule) => {
    expect(rule).toMatch(/^![\w./-]+$/)
    return rule.slice(1)
  })
}

/** As a container does: by the program's bare name, found on the image's PATH. */
async function run(command: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const [program = '', ...args] = command
  const env = { PATH: `${join(app, 'bin')}:${PATH}`, NODE_ENV: 'production', ...environment }
  return await new RunningProcess(spawn(program, args, { env, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] })).ended
}

test('the ignore file names nothing that is not there', () => {
  expect(dockerContext().filter((path) => !existsSync(path))).toEqual([])
})

describe('from its bundle each program starts and says what it lacks', () => {
  test.each<[string, readonly string[], number, RegExp]>([
    ['the operator', ['operator'], 2, /^OPERAND_IMAGE: is not set; /m],
    ['a worker', ['worker'], 2, /^PIPELINE_FILE: is not set; .*\nDATABASE_URL: is not set; /m],
    ['an aggregation', ['aggregator', 'daily'], 2, /^PIPELINE_FILE: is not set; /m],
    ['an exporter', ['exporter'], 2, /^PIPELINES_DIR: is not set; /m],
    ['a migration', ['mp', 'migrate', '-f', '/nowhere.yaml'], 2, /nowhere\.yaml/],
  ])('%s', async (_program, command, code, message) => {
    const ended = await run(command)
    expect(ended.out + ended.err).toMatch(message)
    expect(ended.code).toBe(code)
  })
})

test('mp reads what is in the image: it validates a pipeline', async () => {
  const file = resolve('examples/airport-departures.yaml')
  expect(await run(['mp', 'validate', '-f', file])).toMatchObject({ code: 0, err: '' })
})

test('mp tells its version', async () => {
  expect(await run(['mp', '--version'])).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
})

test('worker, aggregator, operator and exporter are started with little memory, and whatever else with what Node has by default', async () => {
  const tell = 'console.log(JSON.stringify([process.execArgv, process.env.MALLOC_ARENA_MAX ?? null]))'
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(tell)}`
  const startOf = async (program: string, environment: Readonly<Record<string, string>> = {}) =>
    JSON.parse((await run([program], { NODE_OPTIONS, ...environment })).out.split('\n')[0] ?? '')
  expect(await startOf('worker')).toEqual([['--memory-saver-mode', '--max-semi-space-size=1'], '1'])
  expect(await startOf('worker', { WORKER_HEAP: 'large' })).toEqual([['--max-semi-space-size=16'], '1'])
  expect(await startOf('aggregator')).toEqual([['--memory-saver-mode', '--max-semi-space-size=1'], '1'])
  expect(await startOf('operator')).toEqual([['--memory-saver-mode', '--max-semi-space-size=4'], '1'])
  expect(await startOf('exporter')).toEqual([['--max-semi-space-size=4', '--max-old-space-size-percentage=25'], '1'])
  expect(await startOf('mp')).toEqual([[], null])
})

test('a worker that is told of a heap that there is none of says so, and does not start', async () => {
  const ended = await run(['worker'], { WORKER_HEAP: 'huge' })
  expect(ended).toMatchObject({ code: 2, out: '', err: 'WORKER_HEAP: must be small or large, not "huge"\n' })
})

test('the SDK for telemetry is there for every program, in a file of its own that none loads with itself', async () => {
  const text = (file: string) => readFileSync(join(app, file), 'utf8')
  const named = (pattern: RegExp) => (file: string) => [...text(file).matchAll(pattern)].map(([, path = '']) => path)
  const loadedWith = named(/(?:\bfrom|\bimport)\s*"\.\/([\w-]+\.mjs)"/g)
  const loadedLater = named(/\bimport\("\.\/([\w-]+\.mjs)"\)/g)
  const reaches = (file: string, next: (from: string) => readonly string[], seen = new Set<string>()): boolean => {
    if (seen.has(file)) return false
    seen.add(file)
    return text(file).includes('OTLPExporterError') || next(file).some((each) => reaches(each, next, seen))
  }
  const files = (await readdir(app)).filter((file) => file.endsWith('.mjs'))
  expect(files.filter((file) => reaches(file, loadedWith))).toEqual([
    expect.stringMatching(/^open-telemetry-\w+\.mjs$/),
  ])
  for (const program of ['operator', 'worker', 'aggregator', 'mp'])
    expect(
      reaches(`${program}.mjs`, (file) => [...loadedWith(file), ...loadedLater(file)]),
      program,
    ).toBe(true)
})

test('it is small, and has no packages and no sources', async () => {
  const files = await readdir(app, { recursive: true })
  expect(files.filter((file) => /node_modules|\.ts$/.test(file))).toEqual([])
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(app, file))).size))
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(LARGEST_BYTES)
})
