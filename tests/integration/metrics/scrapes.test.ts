import { expect, test } from 'vitest'
import { ExporterMetrics } from '../../../adapters/telemetry/exporter-metrics.ts'
import { REJECTION_REASONS } from '../../../core/events/rejection.ts'
import { checkMetrics } from '../../support/check-metrics.ts'
import { eventually } from '../../support/eventually.ts'
import { ExporterProcess } from '../../support/exporter-process.ts'
import { parseMetricsText } from '../../support/metrics-text.ts'
import { countEntries, PipelineOnServers, sumOfOutcomes } from '../../support/pipeline-on-servers.ts'
import { MIXED, ORDERS, shopPipeline } from '../../support/shop-manifest.ts'
import { order, orders } from '../../support/shop-orders.ts'
import { WorkerProcess } from '../../support/worker-process.ts'

/** What a producer may send that would make a label of its own, if labels were made of what is sent. */
const HOSTILE = Array.from({ length: 200 }, (_, n) => [
  { stream: MIXED, type: `unheard-of-${n}`, data: {} },
  { stream: MIXED, type: `"} 1\nmp_worker_shards{x="${n}`, data: {} },
  { ...order(n), id: `hostile-${n}`, data: { ...order(n).data, shop: `"\\\n{}${n}`, [`field-${n}`]: n } },
  { ...order(n), id: `no-number-${n}`, data: { ...order(n).data, cents: `cents-${n}` } },
]).flat()

/** Its series, without their values. Garbage collection and open handles come and go as they do. */
function seriesOf(scrape: string): readonly string[] {
  const series = [...parseMetricsText(scrape).samples.keys()].sort()
  return series.filter((name) => name.startsWith('mp_'))
}

test('of a worker: each entry is counted under one outcome, and no label is made of what is sent', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  await using worker = await WorkerProcess.start('worker-0', shops)
  await worker.reads()
  const fresh = await worker.scrape()
  await checkMetrics(fresh)

  const [first, newer] = [order(0), { ...order(1), time: new Date().toISOString() }]
  await shops.publish([...orders(0, 50), first, newer, order(1), ...HOSTILE])
  await shops.publish([{ stream: MIXED, type: 'visit', data: {} }])
  await shops.add(ORDERS, ['message', 'no JSON'])
  await shops.caughtUp()
  const scrape = await eventually(async () => {
    const text = await worker.scrape()
    const counts = countEntries([text])
    expect(sumOfOutcomes(counts)).toBe(counts.read)
    expect(counts.read).toBe(50 + 3 + HOSTILE.length + 2)
    return text
  })
  await checkMetrics(scrape)
  const counts = countEntries([scrape])
  expect(counts).toMatchObject({ duplicate: 1, stale: 1, ignored: 1, dead_lettered: 601, fenced: 0 })
  const { samples } = parseMetricsText(scrape)
  const reasons = REJECTION_REASONS.map(
    (reason) => samples.get(`mp_worker_dead_letters_total{reason="${reason}"}`) ?? 0,
  )
  expect(reasons.reduce((sum, count) => sum + count)).toBe(counts.dead_lettered)
  expect(seriesOf(scrape)).toEqual(seriesOf(fresh))
})

test('of an exporter: each pipeline has the same series, and none when it is gone', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  await shops.db.query(
    `insert into mp_dead_letter (stream, entry_id, reason, details, attempts, raw)
     select 'x', n || '-0', 'reason-' || n, '[]', 1, '[]' from generate_series(1, 200) n`,
  )
  await using exporter = await ExporterProcess.start()
  const scrape = async () => (await exporter.get('/metrics')).text
  const without = seriesOf(await scrape())
  await exporter.add(shops)
  await exporter.seen('shops')
  const text = await scrape()
  await checkMetrics(text)
  const added = seriesOf(text).filter((series) => !without.includes(series))
  expect(added.filter((series) => !series.includes('pipeline="shops"'))).toEqual([])
  expect(added.length).toBeLessThan(70)
  await exporter.pipelines.set({})
  await eventually(async () => expect(seriesOf(await scrape())).toEqual(without))
})

test('an exporter tells no more of a pipeline, whatever is seen of it', async () => {
  const metrics = new ExporterMetrics()
  const unreachable = { unreachable: 'for a while' }
  const load = { arrivalsPerSecond: null, completionsPerSecond: null, capacityPerWorker: null }
  const seen = { demand: null, observedAt: '', source: unreachable, database: unreachable, load }
  const { body } = await metrics.expose(new Map([['shops', seen]]), new Map())
  const told = seriesOf(body).filter((series) => series.includes('pipeline="shops"'))
  expect(told.filter((series) => !series.startsWith('mp_exporter_'))).toEqual([])
})

test('an evaluation is late when it shows an event long after its publication', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  await using worker = await WorkerProcess.start('worker-0', shops)
  await worker.reads()
  const late = async () => {
    const samples = await worker.samples()
    return [samples.get('mp_worker_freshness_missed_total'), samples.get('mp_worker_freshness_seconds_count')]
  }
  expect(await late()).toEqual([0, 0])
  await shops.publish([{ ...order(0), time: new Date(Date.now() - 3_600_000).toISOString() }])
  await eventually(async () => expect(await late()).toEqual([1, 1]))
  await shops.publish([{ ...order(1), time: new Date().toISOString() }])
  await eventually(async () => expect(await late()).toEqual([1, 2]))
})
