import { chmod, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import type { RequestSeen } from '../../../../adapters/kubernetes/kubernetes-client.ts'
import {
  ApiServerError,
  BrokenWatchError,
  ConflictError,
  ForbiddenError,
  GoneError,
  InvalidError,
  LostLeadershipError,
  NotFoundError,
  TooManyRequestsError,
  UnauthorizedError,
  UnreachableError,
} from '../../../../adapters/kubernetes/kubernetes-error.ts'
import type { ResourceKind } from '../../../../adapters/kubernetes/kubernetes-object.ts'
import type { KubernetesObject } from '../../../../core/operator/kubernetes-object.ts'
import { eventually } from '../../../support/eventually.ts'
import { clientOf } from '../../../support/kubernetes/client-of.ts'
import { type Answer, failure, json, ScriptedApiServer } from '../../../support/kubernetes/scripted-api-server.ts'
import { selfSignedCertificate } from '../../../support/self-signed-certificate.ts'
import { TcpProxy } from '../../../support/tcp-proxy.ts'

const DEPLOYMENT: ResourceKind = { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments', namespaced: true }
const CONFIG_MAP: ResourceKind = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true }
const NODE: ResourceKind = { apiVersion: 'v1', kind: 'Node', plural: 'nodes', namespaced: false }

const worker: KubernetesObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'worker', namespace: 'shop', uid: 'u1', resourceVersion: '7' },
  spec: { replicas: 2, futureField: { kept: true } },
}

const answerWorker: Answer = (_request, response) => json(response, worker)

test('an object comes as it is, less what only fills memory: of who manages what it tells who scales it', async () => {
  await using server = await ScriptedApiServer.start((_request, response) =>
    json(response, {
      ...worker,
      metadata: {
        ...worker.metadata,
        managedFields: [
          { manager: 'somebody', fieldsV1: { 'f:spec': { 'f:template': {} } } },
          { manager: 'scaler', subresource: 'scale', fieldsV1: { 'f:spec': { 'f:replicas': {} } } },
          { manager: 'controller', subresource: 'status', fieldsV1: { 'f:status': { 'f:replicas': {} } } },
        ],
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', kept: 'yes' },
      },
    }),
  )
  using test = clientOf(server.kubeConfig)
  const metadata = { ...worker.metadata, annotations: { kept: 'yes' }, scaledBy: ['scaler'] }
  expect(await test.client.get(DEPLOYMENT, 'shop', 'worker')).toEqual({ ...worker, metadata })
})

test.each([
  ['of a group', DEPLOYMENT, 'shop', '/apis/apps/v1/namespaces/shop/deployments/a'],
  ['of the first group', CONFIG_MAP, 'shop', '/api/v1/namespaces/shop/configmaps/a'],
  ['of no namespace', NODE, undefined, '/api/v1/nodes/a'],
])('a resource %s has its path', async (_sentence, kind, namespace, path) => {
  await using server = await ScriptedApiServer.start(answerWorker)
  using test = clientOf(server.kubeConfig)
  await test.client.get(kind, namespace, 'a')
  expect(server.requests[0]?.path).toBe(path)
})

test('an object without a name is never the collection', async () => {
  await using server = await ScriptedApiServer.start(answerWorker)
  using test = clientOf(server.kubeConfig)
  await expect(test.client.delete(DEPLOYMENT, 'shop', '')).rejects.toThrow('without a name')
  expect(server.requests).toEqual([])
})

test('every request says who asks, and with which credentials', async () => {
  await using server = await ScriptedApiServer.start(answerWorker)
  using test = clientOf(server.kubeConfig)
  await test.client.get(DEPLOYMENT, 'shop', 'worker')
  expect(server.requests[0]?.headers).toMatchObject({ 'user-agent': 'test/1', authorization: 'Bearer secret-token' })
})

test('what is applied is sent whole, under the field manager, by force', async () => {
  await using server = await ScriptedApiServer.start(answerWorker)
  using test = clientOf(server.kubeConfig)
  await test.client.apply(DEPLOYMENT, worker)
  const [applied] = server.requests
  expect(applied).toMatchObject({ method: 'PATCH', path: '/apis/apps/v1/namespaces/shop/deployments/worker' })
  expect(applied?.headers['content-type']).toBe('application/apply-patch+yaml')
  expect(Object.fromEntries(applied?.query ?? [])).toEqual({ fieldManager: 'test', force: 'true' })
  expect(JSON.parse(applied?.body ?? '')).toEqual(worker)
})

test('what is deleted is the object that was meant, in the way that was meant', async () => {
  await using server = await ScriptedApiServer.start(answerWorker)
  using test = clientOf(server.kubeConfig)
  expect(await test.client.delete(DEPLOYMENT, 'shop', 'worker', { uid: 'u1', propagation: 'Foreground' })).toBe(true)
  expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    propagationPolicy: 'Foreground',
    preconditions: { uid: 'u1' },
  })
})

test('what is gone already is not there, which is no failure', async () => {
  await using server = await ScriptedApiServer.start((_request, response) =>
    json(response, failure(404, 'NotFound', 'deployments.apps "worker" not found', { name: 'worker' }), 404),
  )
  using test = clientOf(server.kubeConfig)
  expect(await test.client.get(DEPLOYMENT, 'shop', 'worker')).toBeUndefined()
  expect(await test.client.delete(DEPLOYMENT, 'shop', 'worker')).toBe(false)
})

test('a kind that is not served is no missing object', async () => {
  await using server = await ScriptedApiServer.start((_request, response) => {
    response.writeHead(404).end('404 page not found\n')
  })
  using test = clientOf(server.kubeConfig)
  const error = await test.client.get(DEPLOYMENT, 'shop', 'worker').catch((error: unknown) => error)
  expect(error).toBeInstanceOf(NotFoundError)
  expect(error).toMatchObject({ kindIsServed: false, message: expect.stringContaining('get deployments shop/worker') })
})

test.each([
  [403, ForbiddenError, { code: 'forbidden', retryable: false, message: /^create configmaps shop: / }],
  [409, ConflictError, { code: 'conflict', retryable: true, alreadyExists: true }],
  [410, GoneError, { code: 'gone', retryable: true }],
  [422, InvalidError, { code: 'invalid', causes: [{ field: 'spec.x', reason: 'Bad', message: 'no' }] }],
  [401, UnauthorizedError, { code: 'unauthorized' }],
  [500, ApiServerError, { code: 'server-error', status: 500 }],
  [503, ApiServerError, { code: 'server-error', status: 503 }],
])('status %i has an error of its own, which tells no secret', async (code, type, properties) => {
  await using server = await ScriptedApiServer.start((_request, response) =>
    json(
      response,
      failure(code, 'AlreadyExists', 'the reason', { causes: [{ field: 'spec.x', reason: 'Bad', message: 'no' }] }),
      code,
    ),
  )
  using test = clientOf(server.kubeConfig)
  const config = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', namespace: 'shop' },
    data: { a: 'private' },
  }
  const error = await test.client.create(CONFIG_MAP, config).catch((error: unknown) => error)
  expect(error).toBeInstanceOf(type)
  const { message, ...rest } = properties as { message?: RegExp }
  expect(error).toMatchObject(rest)
  if (message !== undefined) expect((error as Error).message).toMatch(message)
  const told = `${(error as Error).stack} ${JSON.stringify(error)}`
  expect(told).not.toMatch(/secret-token|private/)
})

test('a long list comes in pages, and its items know their kind', async () => {
  await using server = await ScriptedApiServer.start(({ query }, response) => {
    const second = query.get('continue') === 'more'
    const { apiVersion: _apiVersion, kind: _kind, ...item } = { ...worker, metadata: { name: second ? 'b' : 'a' } }
    json(response, { metadata: { resourceVersion: '9', ...(second ? {} : { continue: 'more' }) }, items: [item] })
  })
  using test = clientOf(server.kubeConfig)
  const { items, resourceVersion } = await test.client.list(DEPLOYMENT, { namespace: 'shop', selector: 'a=b' })
  expect(items.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual(['Deployment a', 'Deployment b'])
  expect(resourceVersion).toBe('9')
  expect(server.requests.map(({ query }) => query.get('labelSelector'))).toEqual(['a=b', 'a=b'])
})

test('a list whose rest has expired begins again, and has nothing twice', async () => {
  let expired = false
  await using server = await ScriptedApiServer.start(({ query }, response) => {
    if (query.get('continue') === null)
      return json(response, {
        metadata: { resourceVersion: '9', continue: 'more' },
        items: [{ metadata: { name: 'a' } }],
      })
    if (expired) return json(response, { metadata: { resourceVersion: '9' }, items: [{ metadata: { name: 'b' } }] })
    expired = true
    json(response, failure(410, 'Expired', 'The provided continue parameter is too old'), 410)
  })
  using test = clientOf(server.kubeConfig)
  const { items } = await test.client.list(DEPLOYMENT)
  expect(items.map(({ metadata }) => metadata.name)).toEqual(['a', 'b'])
})

test('a request that the server refuses for its own protection is sent again, when the server says', async () => {
  const times: number[] = []
  await using server = await ScriptedApiServer.start((_request, response) => {
    times.push(performance.now())
    if (times.length === 1) json(response, failure(429, 'TooManyRequests', 'later'), 429, { 'retry-after': '2' })
    else json(response, worker)
  })
  using test = clientOf(server.kubeConfig)
  await test.client.apply(DEPLOYMENT, worker)
  expect(times).toHaveLength(2)
  expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(1_990)
})

test('a server that goes on refusing is not asked for ever', async () => {
  await using server = await ScriptedApiServer.start((_request, response) =>
    json(response, failure(429, 'TooManyRequests', 'later'), 429, { 'retry-after': '0' }),
  )
  using test = clientOf(server.kubeConfig)
  await expect(test.client.apply(DEPLOYMENT, worker)).rejects.toThrow(TooManyRequestsError)
  expect(server.requests).toHaveLength(4)
})

test('a write that the server failed at is not repeated: it may have been done', async () => {
  await using server = await ScriptedApiServer.start((_request, response) => json(response, {}, 500))
  using test = clientOf(server.kubeConfig)
  await expect(test.client.apply(DEPLOYMENT, worker)).rejects.toThrow(ApiServerError)
  expect(server.requests).toHaveLength(1)
})

test('all requests of a process together keep the pace', async () => {
  await using server = await ScriptedApiServer.start(answerWorker)
  using test = clientOf(server.kubeConfig, { pace: { perSecond: 10, burst: 5 } })
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: 20 }, () => test.client.get(DEPLOYMENT, 'shop', 'worker')))
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(1_490)
})

test('requests that run together share a connection', async () => {
  await using server = await ScriptedApiServer.start(answerWorker)
  using test = clientOf(server.kubeConfig, { pace: { perSecond: 1_000, burst: 100 } })
  await Promise.all(Array.from({ length: 50 }, () => test.client.get(DEPLOYMENT, 'shop', 'worker')))
  expect(server.connections).toBe(1)
})

test('without HTTP/2 a request that takes long is in nobody’s way', async () => {
  const slow = Promise.withResolvers<void>()
  await using server = await ScriptedApiServer.start(
    async ({ path }, response) => {
      if (path.endsWith('slow')) await slow.promise
      json(response, worker)
    },
    { http2: false },
  )
  using test = clientOf(server.kubeConfig)
  const first = test.client.get(DEPLOYMENT, 'shop', 'slow')
  await eventually(() => expect(server.requests).toHaveLength(1))
  await test.client.get(DEPLOYMENT, 'shop', 'quick')
  slow.resolve()
  await first
})

test('a watch on which nothing comes ends, one on which something does goes on', async () => {
  await using server = await ScriptedApiServer.start((_request, response) => {
    response.writeHead(200)
    for (let count = 0; count < 8; count += 1)
      setTimeout(() => response.write(`${JSON.stringify({ type: 'MODIFIED', object: worker })}\n`), count * 50)
  })
  using test = clientOf(server.kubeConfig)
  const limits = { seconds: 60, silenceMs: 300 }
  const changes = test.client.watch(DEPLOYMENT, {}, '1', limits, new AbortController().signal)
  let count = 0
  for await (const { type } of changes) count += type === 'MODIFIED' ? 1 : 0
  expect(count).toBe(8)
})

test.each([
  ['half a line', '{"type":"MODIFIED"'],
  ['no JSON', '<html>\n'],
  ['no change', '{"type":"OTHER","object":{}}\n'],
])('a watch that ends with %s is broken, and what it said is not repeated', async (_what, text) => {
  await using server = await ScriptedApiServer.start((_request, response) => void response.end(text))
  using test = clientOf(server.kubeConfig)
  const limits = { seconds: 60, silenceMs: 60_000 }
  const changes = test.client.watch(DEPLOYMENT, {}, '1', limits, new AbortController().signal)
  const error = await changes.next().catch((error: unknown) => error)
  expect(error).toBeInstanceOf(BrokenWatchError)
  expect((error as Error).message).not.toMatch(/html|MODIFIED|OTHER/)
})

test('a server that is not there is out of reach, and the next request tries again', async () => {
  await using server = await ScriptedApiServer.start(answerWorker)
  await using proxy = await TcpProxy.to(server.url)
  await server.writeKubeConfig({ user: { token: 'secret-token' }, server: proxy.url })
  using test = clientOf(server.kubeConfig)
  proxy.cut()
  const error = await test.client.get(DEPLOYMENT, 'shop', 'worker').catch((error: unknown) => error)
  expect(error).toBeInstanceOf(UnreachableError)
  expect((error as Error).message).toMatch(/^get deployments shop\/worker: ./)
  proxy.restore()
  expect(await test.client.get(DEPLOYMENT, 'shop', 'worker')).toEqual(worker)
})

test('a server that does not answer in time is out of reach', async () => {
  await using server = await ScriptedApiServer.start(() => undefined)
  using test = clientOf(server.kubeConfig, { timeoutMs: 200 })
  await expect(test.client.get(DEPLOYMENT, 'shop', 'worker')).rejects.toThrow(/no answer within 0.2 s/)
})

test('one who gives up gets his own reason', async () => {
  await using server = await ScriptedApiServer.start(() => undefined)
  using test = clientOf(server.kubeConfig)
  const giveUp = new AbortController()
  const asked = test.client.get(DEPLOYMENT, 'shop', 'worker', giveUp.signal)
  await eventually(() => expect(server.requests).toHaveLength(1))
  const reason = new Error('enough')
  giveUp.abort(reason)
  await expect(asked).rejects.toBe(reason)
})

test('a connection on which nothing gets through is given up for another', async () => {
  await using server = await ScriptedApiServer.start(answerWorker)
  await using proxy = await TcpProxy.to(server.url)
  await server.writeKubeConfig({ user: { token: 'secret-token' }, server: proxy.url })
  using test = clientOf(server.kubeConfig, { timeoutMs: 5_000 })
  await test.client.get(DEPLOYMENT, 'shop', 'worker')
  proxy.abandon()
  await expect(test.client.get(DEPLOYMENT, 'shop', 'worker')).rejects.toThrow(UnreachableError)
  expect(await test.client.get(DEPLOYMENT, 'shop', 'worker')).toEqual(worker)
})

test('a token in a file that was replaced is read again when the old one is refused', async () => {
  await using server = await ScriptedApiServer.start(({ headers }, response) =>
    headers['authorization'] === 'Bearer new' ? json(response, worker) : json(response, {}, 401),
  )
  await writeFile(server.path('token'), 'old\n')
  await server.writeKubeConfig({
    user: { 'auth-provider': { name: 'tokenFile', config: { tokenFile: server.path('token') } } },
  })
  using test = clientOf(server.kubeConfig)
  await expect(test.client.get(DEPLOYMENT, 'shop', 'worker')).rejects.toThrow(UnauthorizedError)
  expect(server.requests).toHaveLength(2) // once again, and not for ever
  await writeFile(server.path('token'), 'new\n')
  expect(await test.client.get(DEPLOYMENT, 'shop', 'worker')).toEqual(worker)
})

test('a plugin that makes tokens is asked again when its token is refused, once for all who were refused', async () => {
  await using server = await ScriptedApiServer.start(({ headers }, response) =>
    headers['authorization'] === 'Bearer token-2' ? json(response, worker) : json(response, {}, 401),
  )
  const plugin = `#!/bin/sh
echo x >> ${server.path('calls')}
n=$(wc -l < ${server.path('calls')})
echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"token-'$n'"}}'
`
  await writeFile(server.path('plugin'), plugin)
  await chmod(server.path('plugin'), 0o755)
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: server.path('plugin'),
    interactiveMode: 'Never',
  }
  await server.writeKubeConfig({ user: { exec } })
  using test = clientOf(server.kubeConfig)
  const all = Array.from({ length: 5 }, () => test.client.get(DEPLOYMENT, 'shop', 'worker'))
  expect(await Promise.all(all)).toHaveLength(5)
  expect(server.requests).toHaveLength(10)
})

test('a server whose certificate nobody vouches for is told nothing', async () => {
  await using server = await ScriptedApiServer.start(answerWorker)
  const other = Buffer.from(selfSignedCertificate().certificate).toString('base64')
  await server.writeKubeConfig({ user: { token: 'secret-token' }, cluster: { 'certificate-authority-data': other } })
  using test = clientOf(server.kubeConfig)
  await expect(test.client.get(DEPLOYMENT, 'shop', 'worker')).rejects.toThrow(UnreachableError)
  expect(server.requests).toEqual([])
})

test('a server with a certificate of a new authority is trusted when the file says so', async () => {
  await using server = await ScriptedApiServer.start(answerWorker)
  await writeFile(server.path('ca.crt'), server.certificate.certificate)
  await server.writeKubeConfig({ user: { token: 'x' }, cluster: { 'certificate-authority': server.path('ca.crt') } })
  using test = clientOf(server.kubeConfig)
  await test.client.get(DEPLOYMENT, 'shop', 'worker')

  const renewed = selfSignedCertificate()
  server.present(renewed)
  server.reset()
  await expect(eventually(() => test.client.get(DEPLOYMENT, 'shop', 'worker'), { withinMs: 0 })).rejects.toThrow(
    UnreachableError,
  )
  await writeFile(server.path('ca.crt'), renewed.certificate)
  const again = () => test.client.get(DEPLOYMENT, 'shop', 'worker')
  expect(await eventually(again, { withinMs: 10_000 })).toEqual(worker) // far sooner than files are read again anyway
})

test('writes are not sent once the fence is down, reads are', async () => {
  await using server = await ScriptedApiServer.start(answerWorker)
  using test = clientOf(server.kubeConfig)
  let leads = true
  const lost = new AbortController()
  const client = test.client.fenced({ mayWrite: () => leads, lost: lost.signal })
  await client.apply(DEPLOYMENT, worker)
  leads = false
  await expect(client.apply(DEPLOYMENT, worker)).rejects.toThrow(LostLeadershipError)
  await expect(client.delete(DEPLOYMENT, 'shop', 'worker')).rejects.toThrow(LostLeadershipError)
  await client.get(DEPLOYMENT, 'shop', 'worker')
  expect(server.requests.map(({ method }) => method)).toEqual(['PATCH', 'GET'])
})

test('a write that waits for its turn is judged when its turn comes', async () => {
  await using server = await ScriptedApiServer.start(answerWorker)
  using test = clientOf(server.kubeConfig, { pace: { perSecond: 2, burst: 1 } })
  let leads = true
  const client = test.client.fenced({ mayWrite: () => leads, lost: new AbortController().signal })
  await client.apply(DEPLOYMENT, worker)
  const waiting = client.apply(DEPLOYMENT, worker)
  leads = false
  await expect(waiting).rejects.toThrow(LostLeadershipError)
  expect(server.requests).toHaveLength(1)
})

test('a write whose connection takes its time is judged when the connection is there', async () => {
  await using server = await ScriptedApiServer.start(answerWorker)
  await using proxy = await TcpProxy.to(server.url)
  await server.writeKubeConfig({ user: { token: 'secret-token' }, server: proxy.url })
  using test = clientOf(server.kubeConfig)
  let leads = true
  const client = test.client.fenced({ mayWrite: () => leads, lost: new AbortController().signal })
  proxy.stall()
  const waiting = client.apply(DEPLOYMENT, worker)
  await eventually(() => expect(proxy.connections).toBe(1))
  leads = false
  proxy.restore()
  await expect(waiting).rejects.toThrow(LostLeadershipError)
  expect(server.requests).toEqual([])
})

test('every request is counted by verb, resource and code', async () => {
  await using server = await ScriptedApiServer.start(({ method }, response) =>
    json(response, worker, method === 'PATCH' ? 409 : 200),
  )
  const seen: RequestSeen[] = []
  using test = clientOf(server.kubeConfig, { onRequest: (request) => seen.push(request) })
  await test.client.get(DEPLOYMENT, 'shop', 'worker')
  await test.client.replaceStatus(DEPLOYMENT, worker.metadata, {}).catch(() => undefined)
  server.answer = () => server.reset()
  await test.client.get(DEPLOYMENT, 'shop', 'worker').catch(() => undefined)
  expect(seen.map(({ verb, resource, code }) => `${verb} ${resource} ${code}`)).toEqual([
    'get deployments 200',
    'patch deployments/status 409',
    'get deployments none',
  ])
})
