import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { getText } from '../../../../adapters/http/get-text.ts'

const TIMEOUT_MS = 5_000

const servers: { closeAllConnections(): void; close(): void }[] = []

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
})

/** Answers each question in the next of these ways. */
async function answering(...ways: readonly ((response: ServerResponse) => void)[]) {
  const asked: string[] = []
  const server = createServer(({ url = '' }, response) => {
    ways[asked.push(url) - 1]?.(response)
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const ask = (path: string) =>
    getText(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(TIMEOUT_MS), mostBytes: 1_000 })
  return { asked, ask }
}

const whole = (response: ServerResponse) => void response.end('whole')
const half = (response: ServerResponse) => void response.write('half', () => response.socket?.resetAndDestroy())
const nothing = (response: ServerResponse) => void response.socket?.destroy()

test('what a kept connection that was closed meanwhile is asked is asked over another one', async () => {
  const { asked, ask } = await answering(whole, nothing, whole)
  await ask('/first')
  expect(await ask('/second')).toEqual({ status: 200, text: 'whole' })
  expect(asked).toEqual(['/first', '/second', '/second'])
})

test('what was answered by half is not asked again', async () => {
  const { asked, ask } = await answering(whole, half, whole, whole)
  await ask('/first')
  await expect(ask('/second')).rejects.toThrow()
  await ask('/third')
  expect(asked).toEqual(['/first', '/second', '/third'])
})
