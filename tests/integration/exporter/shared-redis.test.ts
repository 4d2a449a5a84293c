import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readLastIds } from '../../../adapters/redis/read-last-ids.ts'
import { connectRedis } from '../../../adapters/redis/redis-client.ts'
import { SharedRedis } from '../../../adapters/redis/shared-redis.ts'
import { eventually } from '../../support/eventually.ts'
import { OwnServer } from '../../support/own-server.ts'
import { redisGrants } from '../../support/redis-grants.ts'
import { type FreshRedis, freshRedis } from '../../support/servers.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'

let server: FreshRedis

beforeAll(async () => {
  server = await freshRedis()
})

afterAll(async () => {
  await server?.release()
})

test('those who go to one server share a connection, until the last of them leaves', async () => {
  await using proxy = await TcpProxy.to(server.url)
  const redis = new SharedRedis()
  const joined = await Promise.all([redis.join(proxy.url), redis.join(() => proxy.url)])
  expect(proxy.connections).toBe(1)
  joined[0].leave()
  expect(await readLastIds(joined[1], ['absent'])).toBe('')
  const again = await redis.join(proxy.url)
  expect(proxy.connections).toBe(1)
  joined[1].leave()
  again.leave()
  await eventually(() => expect(proxy.connections).toBe(0))
})

test('what fails for one of them fails for nobody else who asks in the same moment', async () => {
  const redis = new SharedRedis()
  const [first, second] = await Promise.all([redis.join(server.url), redis.join(server.url)])
  await first.send([['set', 'no-stream', 'x']])
  const wrongType = { reason: { name: 'ReplyError', message: expect.stringMatching(/^WRONGTYPE/) } }
  const commands = [
    readLastIds(first, ['absent', 'other']),
    readLastIds(second, ['no-stream']),
    readLastIds(first, ['absent']),
  ]
  expect(await Promise.allSettled(commands), 'in one packet').toMatchObject([{ value: ' ' }, wrongType, { value: '' }])
  const together = [
    first.readLastIds(['absent', 'other']),
    second.readLastIds(['no-stream']),
    first.readLastIds(['absent']),
  ]
  expect(await Promise.allSettled(together), 'in one command').toMatchObject([{ value: ' ' }, wrongType, { value: '' }])
  first.leave()
  second.leave()
})

test('last ids that are asked for in one moment take one command for up to 64 streams, and each is told its own', async () => {
  await using own = await OwnServer.redis()
  const admin = new Redis(own.url)
  const scripts = async () => Number(/cmdstat_eval_ro:calls=(\d+)/.exec(await admin.info('commandstats'))?.[1] ?? 0)
  const pipelines = Array.from({ length: 20 }, (_, n) =>
    Array.from({ length: 1 + (n % 8) }, (_, shard) => `${n}:{${shard}}`),
  )
  const large = Array.from({ length: 100 }, (_, n) => `large:{${n}}`)
  for (const stream of [...pipelines.flat(), ...large].filter((_, i) => i % 3 > 0))
    await admin.xadd(stream, '*', 'a', 'b')
  const redis = new SharedRedis()
  const joined = await redis.join(own.url)
  const alone: string[] = []
  for (const streams of [...pipelines, large]) alone.push(await readLastIds(joined, streams))
  const before = await scripts()
  const together = await Promise.all([...pipelines, large].map((streams) => joined.readLastIds(streams)))
  expect(together).toEqual(alone)
  expect((await scripts()) - before, 'and those of a hundred streams by sixteen').toBe(2 + 7)
  joined.leave()
  admin.disconnect()
})

test('a connection that is lost is over for all of them, and made anew to where the URL says by then', async () => {
  await using proxy = await TcpProxy.to(server.url)
  const place = { url: proxy.url }
  const redis = new SharedRedis()
  const joined = await redis.join(() => place.url)
  expect(joined.isOver).toBe(false)
  proxy.cut()
  await eventually(() => expect(joined.isLost).toBe(true))
  expect(joined.isOver).toBe(true)
  await expect(readLastIds(joined, ['absent']), 'who has not noticed yet').rejects.toThrow('the connection was lost')
  joined.leave()
  place.url = server.url
  const again = await redis.join(() => place.url)
  expect(await readLastIds(again, ['absent'])).toBe('')
  place.url = proxy.url
  expect([again.isLost, again.isOver], 'who is to go elsewhere by now').toEqual([false, true])
  again.leave()
})

test('what an operator can act on is told of a server that cannot be reached, and no secret', async () => {
  await using proxy = await TcpProxy.to(server.url)
  const redis = new SharedRedis()
  const joined = await redis.join(proxy.url)
  proxy.stall()
  const asked = readLastIds(joined, ['absent'])
  asked.catch(() => undefined) // awaited below
  proxy.cut()
  const { host } = new URL(proxy.url)
  await expect(asked).rejects.toThrow(
    new RegExp(`^no Redis answers at redis://${host}/\\d+: the connection was lost before it answered$`),
  )
  joined.leave()

  await using stopped = await OwnServer.redis()
  await stopped.kill()
  const { host: deserted } = new URL(stopped.url)
  await expect(redis.join(stopped.url)).rejects.toThrow(`connect ECONNREFUSED ${deserted}`)

  const stranger = Object.assign(new URL(server.url), { username: 'stranger', password: 'never-told' }).href
  const refusal = await redis.join(stranger).catch((error: Error) => error.message)
  expect(refusal).toMatch(/^no Redis answers at redis:\/\/stranger@\S+: WRONGPASS /)
  expect(refusal).not.toContain('never-told')
})

test('a numbered database that is not there, or not for this user, is no connection to another one', async () => {
  await using own = await OwnServer.redis()
  const admin = new Redis(own.url)
  for (const grant of redisGrants('plain')) await admin.call('ACL', ...grant)
  const asWatch = Object.assign(new URL(own.url), { username: 'watch', password: 'third', pathname: '/1' }).href
  const redis = new SharedRedis()
  const refused = /NOPERM .*'select'/
  await expect(redis.join(asWatch)).rejects.toThrow(refused)
  await admin.call('ACL', 'SETUSER', 'watch', '+select')
  const joined = await redis.join(asWatch)
  joined.leave()

  const troubles: string[] = []
  const client = await connectRedis(asWatch, ({ message }) => troubles.push(message))
  await admin.call('ACL', 'SETUSER', 'watch', '-select')
  await admin.call('CLIENT', 'KILL', 'USER', 'watch')
  await eventually(() => expect(troubles).toContainEqual(expect.stringMatching(refused)))
  await expect(client.info(), 'one that comes back by itself').rejects.toThrow()
  await admin.call('ACL', 'SETUSER', 'watch', '+select')
  await eventually(async () => expect(await client.info()).toContain('redis_version'))
  client.disconnect()
  admin.disconnect()

  const beyond = Object.assign(new URL(server.url), { pathname: '/1000000' }).href
  await expect(redis.join(beyond)).rejects.toThrow(/^no Redis answers at \S+\/1000000: ERR DB index is out of range$/)
})
