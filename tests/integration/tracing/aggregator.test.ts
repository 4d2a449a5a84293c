import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { drawTrace } from '../../support/otlp/draw-trace.ts'
import { OtlpReceiver } from '../../support/otlp/otlp-receiver.ts'
import { sendingTo } from '../../support/otlp/sent-soon.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { runProgram } from '../../support/run-program.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'
import { orders } from '../../support/shop-orders.ts'

test('a daily aggregation is a trace with its batches and checks, and a day roll one with its evaluations', async () => {
  await using receiver = await OtlpReceiver.start()
  await using shops = await PipelineOnServers.open(shopPipeline({ aggregation: { batchSize: 8 } }))
  const worker = await shops.startWorker()
  await shops.publish(orders(0, 100))
  await shops.caughtUp()
  await worker.stop()

  expect(await runProgram('aggregator/main.ts', shops, ['daily', '--cleanup'], sendingTo(receiver))).toMatchObject({
    code: 0,
  })
  expect(drawTrace(receiver.spans)).toBe(
    [
      'metrics-pipeline-aggregator: daily aggregation',
      '├─ daily rows (8 entities)',
      '├─ daily rows (8 entities)',
      '├─ daily rows (4 entities)',
      '├─ clean up',
      '├─ parity',
      '└─ data quality',
    ].join('\n'),
  )

  receiver.spans.splice(0)
  await shops.db.query(`update shop_metrics set next_change_at = now() - interval '1 hour'`)
  expect(await runProgram('aggregator/main.ts', shops, ['day-roll'], sendingTo(receiver))).toMatchObject({ code: 0 })
  await eventually(() => expect(receiver.named('day roll')).toHaveLength(1))
  expect(drawTrace(receiver.spans)).toMatch(/^metrics-pipeline-aggregator: day roll\n├─ evaluate \(8 entities\)\n/)
})
