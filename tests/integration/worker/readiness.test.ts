import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { RotatingUser } from '../../support/rotating-user.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import { WorkerProcess } from '../../support/worker-process.ts'

// How soon a worker that cannot work says so, and that it can again. Nothing is published: it finds out by itself.

const WITHIN_MS = 10_000

const says = (worker: WorkerProcess, expected: RegExp) =>
  eventually(async () => expect(await worker.readiness()).toMatch(expected), { withinMs: WITHIN_MS })

test.each(['Redis', 'PostgreSQL'] as const)(
  'a worker whose %s is gone is not ready ten seconds later, and is again',
  async (server) => {
    await using shops = await PipelineOnServers.open(shopPipeline())
    await using proxy = await TcpProxy.to(server === 'Redis' ? shops.redisUrl : shops.databaseUrl)
    const environment = server === 'Redis' ? { REDIS_URL: proxy.url } : { DATABASE_URL: proxy.url }
    await using worker = await WorkerProcess.start('worker-0', shops, { environment })
    await worker.reads()
    proxy.cut()
    await says(worker, new RegExp(`^${server}: \\S`))
    const retries = (await worker.samples()).get('mp_worker_read_retries_total')
    expect(retries).toSatisfy((count: number) => (server === 'Redis' ? count > 0 : count === 0))
    proxy.restore()
    await says(worker, /^ok$/)
  },
)

test('a worker whose password is no longer right is not ready ten seconds after its sessions end', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  await using user = await RotatingUser.create(shops, 'before')
  const { databaseUrl } = user.urls('before')
  await using worker = await WorkerProcess.start('worker-0', shops, { environment: { DATABASE_URL: databaseUrl } })
  await worker.reads()
  await user.setPassword('after')
  await user.endSessions(() => expect(worker.log).toContain('28P01'))
  await says(worker, /^PostgreSQL: password authentication failed for user /)
  await user.setPassword('before')
  await says(worker, /^ok$/)
})
