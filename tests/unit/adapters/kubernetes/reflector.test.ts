import { expect, test } from 'vitest'
import type { KubernetesClientOptions } from '../../../../adapters/kubernetes/kubernetes-client.ts'
import type { ResourceKind } from '../../../../adapters/kubernetes/kubernetes-object.ts'
import { keyText } from '../../../../adapters/kubernetes/object-store.ts'
import { Reflector } from '../../../../adapters/kubernetes/reflector.ts'
import type { KubernetesObject } from '../../../../core/operator/kubernetes-object.ts'
import { captureLog } from '../../../support/captured-log.ts'
import { eventually } from '../../../support/eventually.ts'
import { clientOf } from '../../../support/kubernetes/client-of.ts'
import { failure, json, ScriptedApiServer } from '../../../support/kubernetes/scripted-api-server.ts'
import { GONE, ScriptedWatches } from '../../../support/kubernetes/scripted-watches.ts'

const CONFIG_MAP: ResourceKind = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true }

function configMap(name: string, resourceVersion: string, uid = `uid-${name}`): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'shop', uid, resourceVersion },
  }
}

/** A reflector that runs, and what it told: `shop/a came 5`, `shop/a 5 to 6`, `shop/a went`. */
async function reflect({ onTell, ...options }: Partial<KubernetesClientOptions> & { onTell?: () => void } = {}) {
  const script = new ScriptedWatches()
  script.objects = [configMap('a', '1'), configMap('b', '1')]
  const server = await ScriptedApiServer.start(script.answer)
  const { client, connection } = clientOf(server.kubeConfig, options)
  const told: string[] = []
  const reflector = new Reflector({
    client,
    kind: CONFIG_MAP,
    namespace: 'shop',
    selector: 'ours=yes',
    log: captureLog().log,
    onChange: ({ key, object, previous, isFirstListing }) => {
      const [to, from] = [object?.metadata.resourceVersion, previous?.metadata.resourceVersion]
      const what = to === undefined ? 'went' : from === undefined ? `came ${to}` : `${from} to ${to}`
      told.push(`${keyText(key)} ${what}${isFirstListing ? ' first' : ''}`)
      onTell?.()
    },
  })
  const stop = new AbortController()
  const run = reflector.run(stop.signal)
  return {
    script,
    server,
    reflector,
    told,
    stop,
    run,
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await run
      connection.close()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** As `reflect`, once it watches. */
async function watching(options: Parameters<typeof reflect>[0] = {}) {
  const all = await reflect(options)
  await eventually(() => expect(all.script.watches).toHaveLength(1))
  all.told.splice(0)
  return all
}

test('what there is is listed, and what changes is watched from there', async () => {
  await using all = await reflect()
  await all.reflector.synced
  await eventually(() => expect(all.script.watches).toHaveLength(1))
  all.script.latest.send('ADDED', configMap('c', '2'))
  all.script.latest.send('MODIFIED', configMap('a', '3'))
  all.script.latest.send('DELETED', configMap('b', '4'))
  await eventually(() =>
    expect(all.told).toEqual([
      'shop/a came 1 first',
      'shop/b came 1 first',
      'shop/c came 2',
      'shop/a 1 to 3',
      'shop/b went',
    ]),
  )
  expect(Object.fromEntries(all.script.latest.request.query)).toMatchObject({
    allowWatchBookmarks: 'true',
    resourceVersion: '1',
    labelSelector: 'ours=yes',
  })
  expect(all.reflector.store.list().map(({ metadata }) => metadata.name)).toEqual(['a', 'c'])
  expect(all.reflector.store.get('shop', 'b')).toBeUndefined()
})

test('after a bookmark the next watch begins there, without a listing', async () => {
  await using all = await watching()
  all.script.latest.send('BOOKMARK', { metadata: { resourceVersion: '99' } })
  all.script.latest.end()
  await eventually(() => expect(all.script.watches).toHaveLength(2))
  expect(all.script.latest.request.query.get('resourceVersion')).toBe('99')
  expect(all.script.lists).toBe(1)
  expect(all.told).toEqual([])
})

test.each([
  [
    'a status',
    async (all: Awaited<ReturnType<typeof watching>>) => {
      all.script.instead.push((_request, response) => json(response, GONE, 410))
      all.script.latest.end()
    },
  ],
  ['an event', async (all: Awaited<ReturnType<typeof watching>>) => all.script.latest.send('ERROR', GONE)],
])(
  'when the version is forgotten, said by %s, it lists again and tells what happened meanwhile',
  async (_how, forget) => {
    await using all = await watching()
    all.script.latest.send('ADDED', configMap('c', '2'))
    await eventually(() => expect(all.told.splice(0)).toEqual(['shop/c came 2']))
    all.script.objects = [configMap('a', '1'), configMap('c', '7', 'another-uid'), configMap('d', '8')]
    all.script.version = '9'
    await forget(all)
    await eventually(() => expect(all.script.watches.length).toBeGreaterThan(1))
    expect(all.told.toSorted()).toEqual(['shop/b went', 'shop/c came 7', 'shop/c went', 'shop/d came 8'])
    expect(all.script.latest.request.query.get('resourceVersion')).toBe('9')
    expect(all.script.lists).toBe(2)
  },
)

test.each([
  [
    'half a line',
    (all: Awaited<ReturnType<typeof watching>>) => {
      all.script.latest.sendRaw('{"type":"MODIFIED","obj')
      all.script.latest.end()
    },
  ],
  ['a line that is no JSON', (all: Awaited<ReturnType<typeof watching>>) => all.script.latest.sendRaw('<html>\n')],
  [
    'a change of no known type',
    (all: Awaited<ReturnType<typeof watching>>) => all.script.latest.send('OTHER', configMap('a', '2')),
  ],
  [
    'a failure of the server within',
    (all: Awaited<ReturnType<typeof watching>>) =>
      all.script.latest.send('ERROR', failure(500, 'InternalError', 'etcd')),
  ],
  ['a reset', (all: Awaited<ReturnType<typeof watching>>) => all.server.reset()],
])('after %s it goes on from where it was', async (_what, harm) => {
  await using all = await watching()
  all.script.latest.send('MODIFIED', configMap('a', '5'))
  await eventually(() => expect(all.told).toEqual(['shop/a 1 to 5']))
  harm(all)
  await eventually(() => expect(all.script.watches).toHaveLength(2))
  expect(all.script.latest.request.query.get('resourceVersion')).toBe('5')
  all.script.latest.send('MODIFIED', configMap('a', '6'))
  await eventually(() => expect(all.told).toEqual(['shop/a 1 to 5', 'shop/a 5 to 6']))
  expect(all.script.lists).toBe(1)
})

test.each([
  ['500', 500, {}],
  ['503', 503, {}],
  ['429', 429, { 'retry-after': '1' }],
])('a watch that is answered with %s is tried again', async (_text, code, headers) => {
  await using all = await watching()
  all.script.instead.push((_request, response) => json(response, {}, code, headers))
  all.script.latest.end()
  await eventually(() => expect(all.script.watches).toHaveLength(2))
  expect(all.script.lists).toBe(1)
})

test('it has seen everything only when a listing was complete', async () => {
  await using all = await reflect()
  all.script.instead.push((_request, response) => json(response, {}, 500))
  expect(all.reflector.hasSynced).toBe(false)
  await eventually(() => expect(all.server.requests.length).toBeGreaterThan(0))
  expect(all.reflector.hasSynced).toBe(false)
  await all.reflector.synced
  expect(all.reflector.store.size).toBe(2)
})

test('one that was made anew under the same name went, and came', async () => {
  await using all = await watching()
  all.script.latest.send('MODIFIED', configMap('a', '5', 'another-uid'))
  await eventually(() => expect(all.told).toEqual(['shop/a went', 'shop/a came 5']))
})

test('a change that could not be noted does not end the watch', async () => {
  let fail = false
  await using all = await watching({
    onTell: () => {
      if (fail) throw new Error('a mistake')
    },
  })
  fail = true
  all.script.latest.send('ADDED', configMap('c', '2'))
  all.script.latest.send('ADDED', configMap('d', '3'))
  await eventually(() => expect(all.told).toEqual(['shop/c came 2', 'shop/d came 3']))
  expect(all.script.watches).toHaveLength(1)
})

test('it does not run twice', async () => {
  await using all = await watching()
  await expect(all.reflector.run(all.stop.signal)).rejects.toThrow('runs already')
})

test('one that is stopped during the listing never watches', async () => {
  await using all = await reflect()
  const listing = Promise.withResolvers<void>()
  all.script.instead.push((_request, response) => {
    all.stop.abort()
    json(response, { metadata: { resourceVersion: '1' }, items: [] })
    listing.resolve()
  })
  await listing.promise
  await all.run
  expect(all.script.watches).toEqual([])
  expect(all.reflector.hasSynced).toBe(false)
})

test('one that is stopped leaves no watch open', async () => {
  await using all = await watching()
  all.stop.abort()
  await all.run
  await all.script.latest.closed
})

test('a server that was in trouble for long is noticed within seconds when it is well again', async () => {
  await using all = await watching()
  all.script.down = true
  all.script.latest.end()
  const tries = () => all.server.requests.filter(({ query }) => query.get('watch') === 'true').length
  await eventually(() => expect(tries()).toBeGreaterThan(4)) // by itself the next would come after more than five seconds
  all.script.down = false
  const wellAt = performance.now()
  await eventually(() => expect(all.script.watches).toHaveLength(2))
  expect(performance.now() - wellAt).toBeLessThan(5_000)
})
