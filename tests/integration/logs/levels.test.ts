import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { ExporterProcess } from '../../support/exporter-process.ts'
import { logLines } from '../../support/log-lines.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { Program } from '../../support/run-program.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'
import { orders } from '../../support/shop-orders.ts'
import { whileLocked } from '../../support/while-locked.ts'
import { WorkerProcess } from '../../support/worker-process.ts'

const BAD_ORDER = { type: 'order', data: { cents: 'many' } }

let shops: PipelineOnServers

beforeAll(async () => {
  shops = await PipelineOnServers.open(shopPipeline())
})
afterAll(() => shops?.[Symbol.asyncDispose]())

const messages = (output: string) => logLines(output).map(({ msg }) => msg)

const CHANGED = 'the log level is changed'

/** The workers that said that they are there. */
async function members(): Promise<readonly string[]> {
  const { rows } = await shops.db.query<{ consumer: string }>('select consumer from mp_member order by 1')
  return rows.map(({ consumer }) => consumer)
}

test('a worker logs everything from one signal on, and as much as before from the next', async () => {
  await using worker = await WorkerProcess.start('worker-0', shops, { environment: { LOG_LEVEL: 'error' } })
  await eventually(async () => expect(await members()).toEqual(['worker-0']))
  expect(messages(worker.log)).toEqual([])

  worker.toggleLogLevel()
  await eventually(() =>
    expect(logLines(worker.log)).toMatchObject([{ msg: CHANGED, level: 'info', logLevel: 'debug' }]),
  )
  await shops.publish([...orders(0, 5), BAD_ORDER])
  await eventually(() => expect(messages(worker.log)).toContain('entries set aside as dead letters'))

  worker.toggleLogLevel()
  await eventually(() => expect(logLines(worker.log).at(-1)).toMatchObject({ msg: CHANGED, logLevel: 'error' }))
  await shops.publish([BAD_ORDER])
  await shops.caughtUp()
  expect(await worker.stop()).toBe(0)
  expect(messages(worker.log).at(-1)).toBe(CHANGED)
})

test('an exporter does', async () => {
  await using exporter = await ExporterProcess.start('exporter/main.ts', undefined, { LOG_LEVEL: 'info' })
  exporter.toggleLogLevel()
  await eventually(() => expect(logLines(exporter.log).at(-1)).toMatchObject({ msg: CHANGED, logLevel: 'debug' }))
  exporter.toggleLogLevel()
  await eventually(() => expect(logLines(exporter.log).at(-1)).toMatchObject({ msg: CHANGED, logLevel: 'info' }))
  await exporter.add(shops)
  await exporter.seen('shops')
  expect(messages(exporter.log)).toContain('a pipeline is looked at')
})

test('an aggregation does while it runs, on standard error', async () => {
  await shops.startWorker({ consumer: 'worker-1' }) // it puts the revision in force
  await using aggregation = await whileLocked(shops.db, 'shop_metrics_daily', async () => {
    const started = await Program.start('aggregator/main.ts', shops, ['daily'], { LOG_LEVEL: 'error' })
    await eventually(async () => expect(await waiting()).toBeGreaterThan(0))
    started.kill('SIGUSR2')
    await eventually(() => expect(messages(started.output)).toEqual([CHANGED]))
    return started
  })
  const { code, err } = await aggregation.ended
  expect(code).toBe(0)
  expect(messages(err)).toContain('batch committed')
})

/** How many sessions of an aggregation wait for a lock. */
async function waiting(): Promise<number> {
  const { rows } = await shops.db.query<{ waiting: number }>(
    `select count(*)::int as waiting from pg_stat_activity
      where datname = current_database() and application_name = 'metrics-pipeline aggregator' and wait_event_type = 'Lock'`,
  )
  return rows[0]?.waiting ?? 0
}
