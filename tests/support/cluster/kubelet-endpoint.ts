import { createServer, type Server } from 'node:https'
import { selfSignedCertificate } from '../self-signed-certificate.ts'

export type ReadLog = (namespace: string, pod: string, container: string, previous: boolean) => string

/** What the API server asks a kubelet for: `kubectl logs`, as they are at that moment. */
export function kubeletEndpoint(readLog: ReadLog): Server {
  const { certificate, key } = selfSignedCertificate()
  return createServer({ cert: certificate, key }, (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'https://kubelet')
    const [, what, namespace = '', pod = '', container = ''] = pathname.split('/')
    if (what !== 'containerLogs') return void response.writeHead(501).end(`a played node answers no ${what}`)
    try {
      const log = readLog(namespace, pod, container, searchParams.get('previous') === 'true')
      response.end(lastLines(log, searchParams.get('tailLines')))
    } catch (error) {
      response.writeHead(404).end(String(error))
    }
  })
}

function lastLines(log: string, count: string | null): string {
  if (count === null) return log
  return Number(count) === 0 ? '' : `${log.trimEnd().split('\n').slice(-Number(count)).join('\n')}\n`
}
