import { afterEach, beforeEach, expect, test } from 'vitest'
import type { AuditMark } from '../../support/cluster/audit-log.ts'
import { renderChart } from '../../support/cluster/chart.ts'
import { may } from '../../support/cluster/may.ts'
import { OperatedNamespace } from '../../support/cluster/operated-namespace.ts'
import { OperatorProcess } from '../../support/cluster/operator-process.ts'
import { installCrd, PIPELINES, runPods, smallPipeline } from '../../support/cluster/pipeline-fixture.ts'
import { sharedControlPlane } from '../../support/cluster/shared-cluster.ts'
import { type Rule, TestNamespace, type TestUser } from '../../support/cluster/test-namespace.ts'
import { eventually } from '../../support/eventually.ts'

/** What the chart gives an operator in the namespace where it looks after pipelines, and keeps its Lease. */
async function chartRules(): Promise<readonly Rule[]> {
  const objects = await renderChart({ watch: { namespaces: ['operators'] } })
  return objects.filter(({ kind }) => kind === 'Role').flatMap(({ rules }) => rules as Rule[])
}

const without = (rules: readonly Rule[], resource: string, verbs: readonly string[]): readonly Rule[] =>
  rules.flatMap((rule) =>
    rule.resources.map((each) => ({
      ...rule,
      resources: [each],
      verbs: each === resource ? rule.verbs.filter((verb) => !verbs.includes(verb)) : rule.verbs,
    })),
  )

/** The Lease that these rules are about. */
const environment = { LEASE_NAME: 'operator-metrics-pipeline-operator' }

let opened: AsyncDisposableStack

beforeEach(() => {
  opened = new AsyncDisposableStack()
})

afterEach(() => opened.disposeAsync())

/** A namespace and somebody who may do in it what these rules say, and nothing anywhere else. */
async function place(rules: readonly Rule[]): Promise<{ namespace: TestNamespace; user: TestUser }> {
  const cluster = await sharedControlPlane()
  await installCrd(cluster)
  const namespace = opened.use(await TestNamespace.create(cluster))
  return { namespace, user: await namespace.createUser('operator', { rules }) }
}

async function metricsOf(operator: OperatorProcess): Promise<string> {
  return await (await fetch(`http://127.0.0.1:${await operator.port()}/metrics`)).text()
}

/** Where this user has asked for some kind of object. */
async function placesOf({ name }: TestUser, since: AuditMark): Promise<readonly string[]> {
  const requests = await (await sharedControlPlane()).audit.since(since)
  return [
    ...new Set(
      requests.filter(({ user, resource }) => user === name && resource !== '').map(({ namespace }) => namespace),
    ),
  ]
}

test('two operators, each with a Role in a namespace of its own: neither asks for anything in the other', async () => {
  const mark = await (await sharedControlPlane()).audit.mark()
  const rules = await chartRules()
  const places = [await place(rules), await place(rules)]
  for (const { namespace, user } of places)
    opened.use(await OperatorProcess.leading({ user, namespace: namespace.name, environment }))
  for (const { namespace } of places) await namespace.create(PIPELINES, smallPipeline('orders'))
  await eventually(async () => {
    for (const { namespace } of places) {
      await runPods(namespace)
      const { status } = await namespace.get(PIPELINES, 'orders')
      expect(status?.conditions[0]).toMatchObject({ type: 'Ready', status: 'True' })
    }
  })
  for (const { namespace, user } of places) expect(await placesOf(user, mark)).toEqual([namespace.name])
}, 120_000)

test('without the right to see a kind: not ready, and the log and the metrics name what is missing', async () => {
  const { namespace, user } = await place(without(await chartRules(), 'cronjobs', ['list', 'watch']))
  const operator = opened.use(OperatorProcess.start({ user, namespace: namespace.name, environment }))
  await operator.saying(/list cronjobs[^"]*: [^"]*forbidden/)
  expect(await metricsOf(operator)).toMatch(/mp_operator_api_requests_total\{[^}]*resource="cronjobs",code="403"\}/)
  await eventually(async () => {
    const readiness = await fetch(`http://127.0.0.1:${await operator.port()}/readyz`)
    expect(readiness.status).toBe(503)
    expect(await readiness.text()).toBe('not listed yet: cronjobs\n')
  })
})

test('without the right to write a kind: the pipeline says so, and the rest of it is there', async () => {
  const { namespace, user } = await place(without(await chartRules(), 'poddisruptionbudgets', ['create', 'patch']))
  const operator = opened.use(await OperatorProcess.leading({ user, namespace: namespace.name, environment }))
  await namespace.create(PIPELINES, smallPipeline('orders'))
  await eventually(async () => {
    await runPods(namespace)
    const { status } = await namespace.get(PIPELINES, 'orders')
    expect(status?.conditions[0]).toMatchObject({
      type: 'Ready',
      status: 'False',
      reason: 'Refused',
      message: expect.stringMatching(
        /^the API server refuses to patch poddisruptionbudgets .*orders-worker: .*forbidden/,
      ),
    })
    expect(status.workers).toBe('1/1')
  })
  expect(await metricsOf(operator)).toMatch(/mp_operator_reconcile_errors_total\{reason="ForbiddenError"\} [1-9]/)
  await namespace.cluster.api.patch(`/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace.name}/roles/operator`, {
    rules: await chartRules(),
  })
  await eventually(async () =>
    expect(
      await may(namespace.cluster, user.name, 'patch poddisruptionbudgets.policy', { namespace: namespace.name }),
    ).toBe(true),
  )
  await namespace.patch(PIPELINES, 'orders', { metadata: { annotations: { mended: 'yes' } } }) // by itself it tries again in its time
  await eventually(async () => {
    const { status } = await namespace.get(PIPELINES, 'orders')
    expect(status?.conditions[0]).toMatchObject({ status: 'True' })
  })
})

test('a bad pipeline delays no other', async () => {
  await using here = await OperatedNamespace.open()
  const invalid = smallPipeline('invalid')
  invalid['spec'].metrics.definition.accumulators.departures.where = { delay: { atMost: 5 } }
  await here.namespace.create('serviceaccounts', { metadata: { name: 'taken-worker' } })
  for (const each of [invalid, smallPipeline('taken')]) await here.namespace.create(PIPELINES, each)
  await here.settled('orders')
  await here.conditionBecomes('invalid', 'Ready', { status: 'False', reason: 'InvalidSpec' })
  await here.conditionBecomes('taken', 'Ready', { status: 'False', reason: 'NameTaken' })
})
