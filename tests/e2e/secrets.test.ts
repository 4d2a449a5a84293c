import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { Laptop } from '../support/laptop.ts'
import { PipelineOnServers } from '../support/pipeline-on-servers.ts'
import { listProcesses } from '../support/process-list.ts'
import { runProgram } from '../support/run-program.ts'
import { shopManifest, shopPipeline } from '../support/shop-manifest.ts'
import { orders } from '../support/shop-orders.ts'

const SHOPS = ['-f', 'shops.yaml']

const INPUT = [...orders(0, 50), { type: 'order', data: { cents: 'many' } }]
  .map((event) => JSON.stringify(event))
  .join('\n')

test('nothing that mp starts or says tells the passwords of its servers, in good days and bad', {
  timeout: 200_000, // it starts servers, and a program for each thing that is asked
}, async () => {
  await using laptop = await Laptop.open({ LOG_LEVEL: 'debug' })
  await laptop.write('shops.yaml', shopManifest())
  const up = laptop.start(['up', ...SHOPS])
  await up.saying(/^shops is up/m)
  const { databaseUrl, redisUrl, workers } = await laptop.stateOf('shops')
  const secrets = [databaseUrl, redisUrl].map((url) => new URL(url).password)
  expect(secrets).toEqual([expect.stringMatching(/^\S{16,}$/), expect.stringMatching(/^\S{16,}$/)])

  const said: string[] = []
  const say = async (...args: string[]) =>
    said.push(...Object.values(await laptop.mp(args, { input: INPUT })).map(String))
  await say('publish', ...SHOPS)
  const metrics = await (await fetch(`http://127.0.0.1:${workers[0]?.port}/metrics`)).text()
  await say('status', ...SHOPS, '-o', 'json')
  await say('aggregate', ...SHOPS, '--verbose')
  await say('dead-letters', 'list', ...SHOPS)
  const processes = (await listProcesses()).map(({ command }) => command)

  for (const server of ['postgres', 'redis-server']) {
    const own = (await up.descendants()).find(({ command }) => new RegExp(`^\\S*${server} `).test(command))
    process.kill(own?.pid ?? Number.NaN, 'SIGKILL')
  }
  const logs = join(laptop.folder, '.mp/pipelines/shops/logs')
  await eventually(async () =>
    expect(await readFile(join(logs, 'shops-worker-0.log'), 'utf8')).toMatch(/"level":"warn".*ECONNREFUSED/),
  )
  for (const command of ['status', 'aggregate', 'dead-letters list']) await say(...command.split(' '), ...SHOPS)
  expect(said.join('\n')).toMatch(/no PostgreSQL answers at postgres:\/\/postgres@127\.0\.0\.1/)
  up.kill('SIGTERM')
  up.kill('SIGTERM')
  const { out, err } = await up.ended
  const written = await Promise.all((await readdir(logs)).map((name) => readFile(join(logs, name), 'utf8')))

  for (const [where, text] of Object.entries({
    said: said.join('\n'),
    up: out + err,
    metrics,
    logs: written.join('\n'),
    processes: processes.join('\n'),
  })) {
    expect(text.length, where).toBeGreaterThan(100)
    for (const secret of secrets) expect(text.includes(secret), `${where} tells a password`).toBe(false)
  }
})

interface Urls {
  readonly databaseUrl: string
  readonly redisUrl: string
}

const urlsOf = ({ databaseUrl, redisUrl }: PipelineOnServers): Urls => ({ databaseUrl, redisUrl })

const WRONG = 's3cret-and-wrong'

function withPassword(url: string, password: string): string {
  const changed = new URL(url)
  changed.password = password
  return changed.href
}

test.each<[sentence: string, main: string, change: (urls: Urls) => Partial<Urls>]>([
  [
    'a worker that PostgreSQL turns away',
    'worker/main.ts',
    ({ databaseUrl }) => ({ databaseUrl: withPassword(databaseUrl, WRONG) }),
  ],
  ['a worker that Redis turns away', 'worker/main.ts', ({ redisUrl }) => ({ redisUrl: withPassword(redisUrl, WRONG) })],
  [
    'an aggregator that PostgreSQL turns away',
    'aggregator/main.ts',
    ({ databaseUrl }) => ({ databaseUrl: withPassword(databaseUrl, WRONG) }),
  ],
  [
    'an aggregator whose password is a parameter of the URL',
    'aggregator/main.ts',
    ({ databaseUrl }) => ({ databaseUrl: `${withPassword(databaseUrl, '')}?password=${WRONG}` }),
  ],
])('%s says so without the password', async (_sentence, main, change) => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  const { code, out, err } = await runProgram(
    main,
    { ...urlsOf(shops), pipeline: shops.pipeline, ...change(urlsOf(shops)) },
    [],
    {
      CONSUMER_NAME: 'worker-0',
      LOG_LEVEL: 'debug',
    },
  )
  expect(code).toBe(1)
  expect(err).toMatch(/^no (PostgreSQL|Redis) answers at \S+: \S.*\n$/)
  expect(out + err).not.toContain(WRONG)
})
