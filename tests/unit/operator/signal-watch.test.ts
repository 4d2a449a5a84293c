import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { lookAt } from '../../../core/autoscaling/sight.ts'
import type { KubernetesObject } from '../../../core/operator/kubernetes-object.ts'
import { SignalWatch } from '../../../operator/signal-watch.ts'
import { captureLog } from '../../support/captured-log.ts'
import { ScriptedExporter } from '../../support/cluster/scripted-exporter.ts'
import { eventually } from '../../support/eventually.ts'

const NOT_UNDERSTOOD = 'what the exporter says is not understood, it may be of another version'

let exporter: ScriptedExporter

beforeEach(async () => {
  exporter = await ScriptedExporter.open()
})

afterEach(async () => {
  await exporter[Symbol.asyncDispose]()
})

/** Watches the exporter of a namespace with these pipelines, and thinks about each as the operator does. */
function watching(names: readonly string[], { pods = [podAt(exporter.address)], unsettles = 'none of them' } = {}) {
  const { log, lines } = captureLog()
  const changes: string[] = []
  const looked: string[] = []
  const clock = { nowMs: 0 }
  const watch = new SignalWatch({
    view: { namespaces: () => ['team'], pipelinesIn: () => names.map(pipelineCalled), exporterPods: () => pods },
    intervalMs: 1_000,
    clock: { monotonicMs: () => clock.nowMs },
    log,
    onChange: (_namespace, pipeline, change) => changes.push(`${pipeline}: ${change}`),
    onLook: ({ metadata: { name } }) => {
      if (name === unsettles) throw new Error('nobody thought of that')
      const { signals, trouble } = watch.known('team', name)
      lookAt(signals, trouble)
      looked.push(name)
    },
  })
  const look = () => watch.look(new AbortController().signal)
  return { watch, clock, changes, looked, lines, look }
}

function pipelineCalled(name: string): KubernetesObject {
  return { apiVersion: 'metricspipelines.io/v1alpha1', kind: 'MetricsPipeline', metadata: { name, namespace: 'team' } }
}

function podAt(podIP: string, metadata: Partial<KubernetesObject['metadata']> = {}): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'exporter', ...metadata },
    status: { podIP, conditions: [{ type: 'Ready', status: 'True' }] },
  }
}

const saying = (text: string) => (response: ServerResponse) => void response.end(text)

test('what is understood is known', async () => {
  exporter.show('orders', { source: { backlog: 7 } })
  const { watch, looked, look } = watching(['orders'])
  await look()
  expect(watch.known('team', 'orders').signals).toMatchObject({ source: { backlog: 7 }, database: { migrated: true } })
  expect(watch.known('team', 'orders').trouble).toBe(undefined)
  expect(looked).toEqual(['orders'])
})

test.each<[sentence: string, instead: (response: ServerResponse) => void, trouble: string]>([
  ['no JSON', saying('<html>'), NOT_UNDERSTOOD],
  ['nothing', saying(''), NOT_UNDERSTOOD],
  ['null', saying('null'), NOT_UNDERSTOOD],
  ['an object without pipelines', saying('{}'), NOT_UNDERSTOOD],
  ['pipelines that are a list', saying('{"pipelines":[]}'), NOT_UNDERSTOOD],
  ['a pipeline without a field', saying('{"pipelines":{"orders":{}}}'), NOT_UNDERSTOOD],
  ['a pipeline that is null', saying('{"pipelines":{"orders":null}}'), NOT_UNDERSTOOD],
  ['an error', (response) => void response.writeHead(500).end('{}'), 'it answers 500'],
  [
    'where else to ask',
    (response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/signals' }).end(),
    'it answers 302',
  ],
  ['half an answer', (response) => void response.write('{"pip', () => response.destroy()), 'it does not answer'],
  [
    'text without an end or a length',
    (response) =>
      void Readable.from(endless())
        .on('error', () => undefined)
        .pipe(response),
    'its answer is too long',
  ],
])('an exporter that says %s is as good as none', async (_sentence, instead, trouble) => {
  exporter.instead = instead
  const { watch, looked, changes, look } = watching(['orders'])
  await look()
  expect(watch.known('team', 'orders').signals).toBe(undefined)
  expect(watch.known('team', 'orders').trouble).toBe(trouble)
  expect(looked).toEqual(['orders'])
  expect(changes).toEqual(['orders: substance'])
})

function* endless(): Generator<string> {
  for (;;) yield ' '.repeat(1024 * 1024)
}

test.each([
  ['that an older exporter does not know: a definition that is awaited', 'database', 'awaitedRevision', undefined],
  ['that an older exporter does not know: references', 'database', 'resolvableReferences', undefined],
  ['that an older exporter does not know: whether all is read', 'source', 'isDrained', undefined],
  ['that no status takes: a backlog below zero', 'source', 'backlog', -1],
  ['that no status takes: a part of an entry', 'source', 'backlog', 0.5],
  ['that is no time', 'source', 'observedAt', 'yesterday'],
  ['that is a word of a newer one', 'source', 'backlogIs', 'guessed'],
  ['that is another kind of thing', 'database', 'members', {}],
  ['that is no number', 'load', 'arrivalsPerSecond', '12'],
] as const)('nothing is taken of a pipeline with a field %s (%#)', async (_sentence, part, field, value) => {
  for (const name of ['orders', 'visits']) exporter.show(name, {})
  const said = exporter.signals()
  const odd = { ...said['orders'], [part]: { ...said['orders']?.[part], [field]: value } }
  exporter.instead = saying(JSON.stringify({ pipelines: { ...said, orders: odd } }))
  const { watch, looked, lines, look } = watching(['orders', 'visits'])
  await look()
  expect(watch.known('team', 'orders').signals).toBe(undefined)
  expect(watch.known('team', 'orders').trouble).toBe(NOT_UNDERSTOOD)
  expect(lines.join()).toContain(field)
  expect(watch.known('team', 'visits').signals).toEqual(said['visits'])
  expect(watch.known('team', 'visits').trouble).toBe(undefined)
  expect(looked).toEqual(['orders', 'visits'])
})

test('what a newer exporter says besides is no news', async () => {
  exporter.show('orders', {})
  const orders = exporter.signals()['orders']
  const { watch, changes, look } = watching(['orders'])
  for (const fashion of ['wide', 'narrow']) {
    exporter.instead = saying(JSON.stringify({ fashion, pipelines: { orders: { ...orders, fashion } } }))
    await look()
  }
  expect(watch.known('team', 'orders').signals).toEqual(orders)
  expect(changes).toEqual(['orders: substance'])
})

describe('an exporter that remembers what it said', () => {
  const AT_REST = { database: { members: [] } }

  /** With what it was asked, in order. */
  function asked(): readonly (string | null)[] {
    const questions: (string | null)[] = []
    exporter.instead = (response, request) => {
      questions.push(new URL(request.url ?? '', 'http://exporter').searchParams.get('since'))
      exporter.answer(response, request)
    }
    return questions
  }

  test('is asked for what is new, and what is not stays what it was, as of the newest look', async () => {
    for (const name of ['orders', 'visits']) exporter.show(name, AT_REST)
    const questions = asked()
    const { watch, changes, looked, look } = watching(['orders', 'visits'])
    await look()
    const [orders, visits] = ['orders', 'visits'].map((name) => watch.known('team', name))
    const since = orders?.signals?.observedAt ?? ''
    await eventually(async () => expect(new Date().toISOString() > since).toBe(true))
    exporter.show('visits', { ...AT_REST, source: { backlog: 7 } })
    await look()
    expect(questions).toEqual(['', expect.stringMatching(/^\S+$/)])
    expect(watch.known('team', 'orders')).toBe(orders)
    expect((watch.known('team', 'orders').signals?.observedAt ?? '') > since).toBe(true)
    expect(watch.known('team', 'visits')).not.toBe(visits)
    expect(watch.known('team', 'visits').signals).toMatchObject({ source: { backlog: 7 } })
    expect(changes).toEqual(['orders: substance', 'visits: substance', 'visits: numbers'])
    expect(looked).toEqual(['orders', 'visits', 'orders', 'visits'])
  })

  test('says everything once it has started anew, and what it sees as before is no news', async () => {
    for (const name of ['orders', 'visits']) exporter.show(name, AT_REST)
    const { watch, changes, look } = watching(['orders', 'visits'])
    await look()
    const orders = watch.known('team', 'orders')
    await exporter.stop()
    exporter.show('visits', { ...AT_REST, source: { backlog: 7 } })
    await exporter.start()
    await look()
    expect(watch.known('team', 'orders')).toBe(orders)
    expect(watch.known('team', 'visits').signals).toMatchObject({ source: { backlog: 7 } })
    expect(changes).toEqual(['orders: substance', 'visits: substance', 'visits: numbers'])
  })

  test('is asked for everything after it did not answer', async () => {
    exporter.show('orders', AT_REST)
    const questions = asked()
    const { watch, look } = watching(['orders'])
    await look()
    const { instead } = exporter
    exporter.instead = (response) => void response.destroy()
    await look()
    exporter.instead = instead
    await look()
    expect(questions).toEqual(['', ''])
    expect(watch.known('team', 'orders').signals).toBeDefined()
  })

  test('is asked for everything at once where its answer does not go on from what is known', async () => {
    exporter.show('orders', AT_REST)
    const { watch, look } = watching(['orders'])
    await look()
    const questions: string[] = []
    exporter.instead = (response, request) => {
      questions.push(request.url ?? '')
      if (questions.length > 1) exporter.answer(response, request)
      else response.end(JSON.stringify({ cursor: 'a.2', complete: false, pipelines: {}, still: { trips: ODD_TIMES } }))
    }
    await look()
    expect(questions).toEqual([expect.stringMatching(/^\/signals\?since=\S+$/), '/signals?since='])
    expect(watch.known('team', 'orders').signals).toBeDefined()
  })

  test('is not understood where it never says everything', async () => {
    exporter.instead = saying('{"cursor":"a.1","complete":false,"pipelines":{},"still":{}}')
    const { watch, look } = watching(['orders'])
    await look()
    expect(watch.known('team', 'orders').trouble).toBe(NOT_UNDERSTOOD)
  })
})

const ODD_TIMES = ['2026-03-01T12:00:00Z', null, null]

test('a pipeline that is understood no longer is news once that has lasted, and so is at once that it is again', async () => {
  exporter.show('orders', {})
  const { clock, changes, look } = watching(['orders'])
  await look()
  exporter.instead = saying('{"pipelines":{"orders":{}}}')
  for (const second of [1, 2, 11, 12]) {
    clock.nowMs = second * 1_000
    await look()
  }
  expect(changes).toEqual(Array(2).fill('orders: substance'))
  exporter.instead = undefined
  await look()
  expect(changes).toEqual(Array(3).fill('orders: substance'))
})

describe('an answer that does not come', () => {
  const nobody = (response: ServerResponse) => void response.destroy()

  test('is nothing to decide by from then on, and no news for ten seconds', async () => {
    exporter.show('orders', { source: { backlog: 7 } })
    const { watch, clock, changes, look } = watching(['orders'])
    await look()
    exporter.instead = nobody
    for (const second of [1, 5, 10.9]) {
      clock.nowMs = second * 1_000
      await look()
      expect(watch.known('team', 'orders')).toEqual({ signals: undefined, trouble: 'it does not answer' })
      expect(watch.told('team', 'orders')).toMatchObject({ signals: { source: { backlog: 7 } }, trouble: undefined })
    }
    expect(changes).toEqual(['orders: substance'])
    clock.nowMs = 11_000
    await look()
    expect(watch.told('team', 'orders')).toEqual({ signals: undefined, trouble: 'it does not answer' })
    expect(changes).toEqual(['orders: substance', 'orders: substance'])
  })

  test('is no news at all when the next one comes', async () => {
    exporter.show('orders', {})
    const { clock, changes, look } = watching(['orders'])
    for (const [second, instead] of [nobody, undefined, nobody, undefined, nobody].entries()) {
      clock.nowMs = second * 6_000
      exporter.instead = instead
      await look()
    }
    expect(changes).toEqual(['orders: substance', 'orders: substance'])
  })

  test('is news where there was none before', async () => {
    exporter.instead = nobody
    const { watch, look } = watching(['orders'])
    await look()
    expect(watch.told('team', 'orders')).toEqual({ signals: undefined, trouble: 'it does not answer' })
  })
})

test.each(['constructor', '__proto__'])('a pipeline called %s is not seen before it is', async (name) => {
  exporter.show('orders', {})
  const { watch, looked, look } = watching([name, 'orders'])
  await look()
  expect(watch.known('team', name)).toEqual({ signals: undefined, trouble: undefined })
  expect(looked).toEqual([name, 'orders'])
})

test('a pipeline called constructor is seen', async () => {
  exporter.show('constructor', { source: { backlog: 7 } })
  const { watch, look } = watching(['constructor'])
  await look()
  expect(watch.known('team', 'constructor').signals).toMatchObject({ source: { backlog: 7 } })
})

test('a pipeline that nobody can decide about keeps no other from being looked at', async () => {
  const { looked, lines, look } = watching(['orders', 'returns', 'visits'], { unsettles: 'returns' })
  await look()
  expect(looked).toEqual(['orders', 'visits'])
  const [logged] = lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 'error')
  expect(logged).toMatchObject({ namespace: 'team', pipeline: 'returns', error: { message: 'nobody thought of that' } })
})

test('of two pods that are ready the newer one is asked, in whatever order they are known', async () => {
  await using former = await ScriptedExporter.open()
  former.show('orders', { source: { backlog: 1 } })
  exporter.show('orders', { source: { backlog: 2 } })
  const older = podAt(former.address, { name: 'exporter-z', creationTimestamp: '2026-03-01T12:00:00Z' })
  const newer = podAt(exporter.address, { name: 'exporter-a', creationTimestamp: '2026-03-01T12:00:01Z' })
  for (const pods of [
    [older, newer],
    [newer, older],
  ]) {
    const { watch, look } = watching(['orders'], { pods })
    await look()
    expect(watch.known('team', 'orders').signals).toMatchObject({ source: { backlog: 2 } })
  }
})

test('a pod that ends is not asked', async () => {
  exporter.show('orders', {})
  const ending = podAt('127.0.0.1', { deletionTimestamp: '2026-03-01T12:00:00Z' })
  const alone = watching(['orders'], { pods: [ending] })
  await alone.look()
  expect(alone.watch.known('team', 'orders').trouble).toBe('no pod of it is ready')
  const replaced = watching(['orders'], { pods: [ending, podAt(exporter.address)] })
  await replaced.look()
  expect(replaced.watch.known('team', 'orders').signals).toBeDefined()
})
