import { afterAll, beforeAll, expect, test } from 'vitest'
import { WorkerMetrics } from '../../../adapters/telemetry/worker-metrics.ts'
import type { TopFacts } from '../../../core/top/top-facts.ts'
import { OperatedNamespace } from '../../support/cluster/operated-namespace.ts'
import { mp } from '../../support/cluster/run-tool.ts'
import { ScriptedExporter } from '../../support/cluster/scripted-exporter.ts'
import type { Rule, TestUser } from '../../support/cluster/test-namespace.ts'
import { eventually } from '../../support/eventually.ts'
import { ownAddress } from '../../support/own-address.ts'

const READ_PIPELINES: Rule = { apiGroups: ['metricspipelines.io'], resources: ['metricspipelines'], verbs: ['get'] }
const LIST_PODS: Rule = { apiGroups: [''], resources: ['pods'], verbs: ['list'] }
const ASK_PODS: Rule = { apiGroups: [''], resources: ['pods/proxy'], verbs: ['get'] }

let exporter: ScriptedExporter
let here: OperatedNamespace
/** Who may all that the help says, and who may only what the role `view` allows. */
let operator: TestUser
let viewer: TestUser
const worker = new WorkerMetrics()

beforeAll(async () => {
  exporter = await ScriptedExporter.open(ownAddress())
  here = await OperatedNamespace.open()
  here.exporterIp = here.workerIp = exporter.address // one server is the exporter and both workers
  exporter.show('orders', {
    source: { backlog: 12_400, backlogIs: 'at-least', pending: 12, isDrained: false, oldestEventAgeMs: 14_000 },
    database: { deadLetters: { 'missing-field': 2 }, marks: 7, members: [] },
    load: { arrivalsPerSecond: 100 },
  })
  await here.settled('orders', { workers: { scaling: { mode: 'Off' }, replicas: 2 } })
  const rules = [READ_PIPELINES, LIST_PODS]
  operator = await here.namespace.createUser('operator', { rules: [...rules, ASK_PODS] })
  viewer = await here.namespace.createUser('viewer', { rules })
  await eventually(async () => {
    await here.runPods()
    const { status } = await here.namespace.get('metricspipelines.io/v1alpha1/metricspipelines', 'orders')
    expect(status).toMatchObject({ backlog: 12_400, readyReplicas: 2 })
  })
})

afterAll(async () => {
  await here?.[Symbol.asyncDispose]()
  await exporter?.[Symbol.asyncDispose]()
})

async function top(user: TestUser, ...args: readonly string[]) {
  const given = ['top', 'orders', '-n', here.namespace.name, '--once', '-i', '1s', ...args]
  return await mp(here.cluster, given, { kubeconfig: user.kubeconfig })
}

test('asks the exporter and the workers through the API server', async () => {
  exporter.instead = undefined
  const answer = serveWorkers()
  const { code, out, err } = await top(operator)
  answer.end()
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toMatch(new RegExp(`^orders {3}namespace ${here.namespace.name} {3}\\d\\d:\\d\\d:\\d\\dZ$`, 'm'))
  expect(out).toMatch(/^Throughput +[1-9][\d,.]* events\/s, 100 a second come in$/m)
  expect(out).toMatch(/^Backlog +at least 12,400 entries, 12 of them pending, the oldest for 14 s$/m)
  expect(out).toMatch(/^Freshness +p50 \d ms, p99 \d ms in the last \d+(\.\d)? s$/m)
  expect(out).toMatch(/^Dirty +7 entities to be evaluated/m)
  expect(out).toMatch(/^Dead letters +2: missing-field × 2$/m)
  expect(out).toMatch(/^Workers +2 ready$/m)
  expect(out).toMatch(/^Scaling +Off, Fixed: As many workers as spec\.workers\.replicas says/m)
  expect(out).not.toMatch(/cannot be asked|status has it/)
})

test('who may not ask them gets the status, and is told which rights it takes', async () => {
  const { code, out, err } = await top(viewer)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toMatch(/^Backlog +12,400 entries, the oldest for 14s$/m)
  expect(out).toMatch(/^Freshness +unknown$/m)
  expect(out).toMatch(/^Dead letters +unknown$/m)
  expect(out).toMatch(/^Workers +2 ready$/m)
  expect(out).toMatch(
    /^as the status has it, up to 30 s old, for the exporter cannot be asked: get pods\/proxy .*forbidden/m,
  )
  expect(out).toMatch(/^it takes the rights to list pods and to get pods\/proxy$/m)
})

test('an exporter that does not answer is told, and what workers say is still there', async () => {
  const answer = serveWorkers({ exporterAnswers: false })
  const { out } = await top(operator, '--json')
  answer.end()
  const facts = JSON.parse(out) as TopFacts
  expect(facts.eventsPerSecond).toBeGreaterThan(0)
  expect(facts).toMatchObject({ work: null, deadLetters: null })
  expect(facts.notes[0]).toMatch(/^as the status has it, .* the exporter cannot be asked: .*503/)
})

test('a pipeline that is not there is an error', async () => {
  const { code, out, err } = await mp(here.cluster, ['top', 'nobody', '-n', here.namespace.name, '--once'])
  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(err).toBe(`error: there is no MetricsPipeline nobody in the namespace ${here.namespace.name}\n`)
})

/** The workers do something each time that they are asked. */
function serveWorkers({ exporterAnswers = true } = {}): { readonly end: () => void } {
  exporter.instead = (response, request) => {
    if (request.url === '/metrics') {
      worker.entries.inc({ outcome: 'persisted' }, 50)
      worker.freshness.observe(0.004)
      void worker.expose().then(({ body }) => response.end(body))
    } else if (!exporterAnswers) response.writeHead(503).end('not now\n')
    else exporter.answer(response, request)
  }
  return {
    end: () => {
      exporter.instead = undefined
    },
  }
}
