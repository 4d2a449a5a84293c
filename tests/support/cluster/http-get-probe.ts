import { request } from 'node:http'
import type { ApiObject } from './api-client.ts'

/**
 * Whether an `httpGet` is answered in time with a status from 200 to 399. Each on a connection of its own, as the kubelet asks. Probes of
 * other kinds never succeed.
 */
export async function answersHttpGet(probe: ApiObject, container: ApiObject, podIP: string): Promise<boolean> {
  if (probe['httpGet'] === undefined) return false
  const { path = '/', port, host = podIP, httpHeaders = [] } = probe['httpGet']
  const headers = Object.fromEntries(httpHeaders.map(({ name, value }: ApiObject) => [name, value]))
  return await new Promise((resolve) => {
    const sent = request({
      host,
      port: typeof port === 'number' ? port : namedPort(container, port),
      path,
      headers: { 'user-agent': 'kube-probe/1.36', ...headers },
      agent: false,
      signal: AbortSignal.timeout((probe['timeoutSeconds'] ?? 1) * 1_000),
    })
    sent.on('response', (response) => {
      response.resume()
      const { statusCode = 0 } = response
      resolve(statusCode >= 200 && statusCode < 400)
    })
    sent.on('error', () => resolve(false))
    sent.end()
  })
}

function namedPort({ ports = [] }: ApiObject, name: string): number {
  return ports.find((port: ApiObject) => port['name'] === name)?.containerPort
}
