import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { Program } from '../../support/run-program.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'
import { expectedRows, order, orders } from '../../support/shop-orders.ts'

// An entry that ends every process that reads it, as one would that the runtime itself stumbles over.

const MOST_STARTS = 15

const DIES_OF_IT = `
  const parse = JSON.parse
  JSON.parse = (text, ...rest) => {
    if (String(text).includes('deadly')) process.kill(process.pid, 'SIGKILL')
    return parse(text, ...rest)
  }`

test('becomes a dead letter by itself, while all its neighbours are applied', { timeout: 180_000 }, async () => {
  await using shops = await PipelineOnServers.open(shopPipeline({ batchSize: 100 }))
  const deadly = { ...order(40), id: 'deadly', data: { ...order(40).data, street: 'deadly' } }
  await shops.publish([...orders(0, 40), deadly, ...orders(41, 90)])
  const environment = {
    CONSUMER_NAME: 'worker-0',
    NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(DIES_OF_IT)}`,
  }
  let starts = 0
  for (; starts < MOST_STARTS && (await shops.count('mp_dead_letter')) === 0; starts += 1) {
    await using worker = await Program.start('worker/main.ts', shops, [], environment)
    const settled = eventually(() => shops.caughtUp(), { withinMs: 30_000 })
    await Promise.race([worker.ended, settled])
    settled.catch(() => undefined)
  }
  await shops.startWorker()
  await shops.caughtUp()
  expect(starts).toBeLessThan(MOST_STARTS)
  expect(await shops.letters()).toMatchObject([{ reason: 'kills-the-worker' }])
  expect(await shops.rows()).toMatchObject(expectedRows([...orders(0, 40), ...orders(41, 90)]))
})
