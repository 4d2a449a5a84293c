import { beforeAll, describe, expect, test } from 'vitest'
import type { ApiObject } from '../support/cluster/api-client.ts'
import { type ChartValues, renderChart } from '../support/cluster/chart.ts'

const DIGEST = `sha256:${'0a'.repeat(32)}`

const EVERYTHING: ChartValues = {
  image: { repository: 'registry.example.com/team/mp', digest: DIGEST },
  imagePullSecrets: [{ name: 'registry' }],
  fullnameOverride: 'mp-operator',
  replicas: 2,
  priorityClassName: 'system-cluster-critical',
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  tolerations: [{ key: 'infra', operator: 'Exists', effect: 'NoSchedule' }],
  affinity: { nodeAffinity: {} },
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'DoNotSchedule' },
  ],
  podAnnotations: { 'sidecar.istio.io/inject': 'false' },
  podLabels: { team: 'data' },
  metrics: {
    serviceMonitor: { enabled: true, interval: '15s', labels: { release: 'prometheus' } },
    prometheusRule: { enabled: true, labels: { release: 'prometheus' }, runbooks: 'https://example.com/runbooks/' },
  },
  networkPolicy: { from: [{ namespaceSelector: { matchLabels: { team: 'observability' } } }] },
}

describe.each<[string, ChartValues]>([
  ['as it comes', {}],
  ['with two replicas', { replicas: 2 }],
  ['for two namespaces', { watch: { namespaces: ['shop', 'bakery'] } }],
  ['with everything set', EVERYTHING],
])('the chart %s', (_name, values) => {
  let objects: readonly ApiObject[]
  const ofKind = (...kinds: readonly string[]) => objects.filter(({ kind }) => kinds.includes(kind))
  const operator = (): ApiObject => ofKind('Deployment')[0]?.['spec'].template.spec.containers[0] ?? {}
  /** The operator's and that of `helm test`. */
  const pods = () => [...ofKind('Deployment').map(({ spec }) => spec.template), ...ofKind('Pod')]
  const containers = (): ApiObject[] =>
    pods().flatMap(({ spec }) => [...(spec.initContainers ?? []), ...spec.containers])
  const rules = (): ApiObject[] => ofKind('ClusterRole', 'Role').flatMap((role) => role['rules'])

  beforeAll(async () => {
    objects = await renderChart(values)
  })

  test('runs one pod for good and one for helm test', () => {
    expect(pods()).toHaveLength(2)
  })

  test('fits restricted pod security', () => {
    for (const { spec } of pods()) {
      expect(spec.securityContext).toEqual({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
      expect(spec).not.toMatchObject({ hostNetwork: true })
      expect(spec.volumes ?? []).toEqual([])
    }
    for (const { securityContext } of containers())
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
  })

  test('asks for what it takes, and is held to it', () => {
    for (const { resources } of containers())
      expect(resources).toMatchObject({
        requests: { cpu: expect.any(String), memory: expect.any(String) },
        limits: { memory: expect.any(String) },
      })
  })

  test('names a version or a digest, never latest, and one image for all', () => {
    const images = new Set(containers().map(({ image }) => image))
    expect(images.size).toBe(1)
    expect([...images][0]).toMatch(/(:\d+\.\d+\.\d+|@sha256:[0-9a-f]{64})$/)
    expect(images).toContain(
      operator()['env'].find((variable: ApiObject) => variable['name'] === 'OPERAND_IMAGE').value,
    )
  })

  test('is probed for life and for readiness at the port that it names', () => {
    expect(operator()).toMatchObject({
      livenessProbe: { httpGet: { path: '/livez', port: 'http' } },
      readinessProbe: { httpGet: { path: '/readyz', port: 'http' } },
      ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    })
  })

  test('gives no right by a wildcard', () => {
    expect(JSON.stringify(rules())).not.toContain('*')
  })

  test('gives no right to Secrets, to run commands in pods, to act as others or to hand out rights', () => {
    const resources = rules().flatMap((rule) => rule['resources'] as string[])
    expect(resources.filter((name) => /secret|exec|attach|portforward|proxy|role|token/.test(name))).toEqual([])
    const verbs = rules().flatMap((rule) => rule['verbs'] as string[])
    expect(verbs.filter((verb) => ['impersonate', 'escalate', 'bind'].includes(verb))).toEqual([])
  })

  test('mounts a token only where one is used', () => {
    for (const account of ofKind('ServiceAccount'))
      expect(account).toMatchObject({ automountServiceAccountToken: false })
    const mounting = pods().filter(({ spec }) => spec.automountServiceAccountToken !== false)
    expect(mounting.map(({ metadata }) => metadata.labels['app.kubernetes.io/component']).sort()).toEqual([
      'operator',
      'test',
    ])
    // That of helm test has the namespace's default account, which has no rights.
    expect(ofKind('Pod').map(({ spec }) => spec.serviceAccountName)).toEqual([undefined])
  })

  test('can be evicted, and never as a whole when there are two', () => {
    const replicas = ofKind('Deployment')[0]?.['spec'].replicas
    const budgets = ofKind('PodDisruptionBudget').map(({ spec }) => spec.maxUnavailable)
    expect(budgets).toEqual(replicas > 1 ? [1] : [])
  })

  test('selects the operator by the same labels everywhere', () => {
    const [deployment] = ofKind('Deployment')
    const labels = deployment?.['spec'].template.metadata.labels
    const selectors = [
      deployment?.['spec'].selector.matchLabels,
      ...ofKind('Service').map(({ spec }) => spec.selector),
      ...ofKind('PodDisruptionBudget').map(({ spec }) => spec.selector.matchLabels),
      ...ofKind('NetworkPolicy').map(({ spec }) => spec.podSelector.matchLabels),
    ]
    for (const selector of selectors) {
      expect(labels).toMatchObject(selector)
      expect(selector).toMatchObject({ 'app.kubernetes.io/component': 'operator' }) // and not the pod of helm test
    }
    for (const { spec } of ofKind('ServiceMonitor'))
      expect(ofKind('Service')[0]?.['metadata'].labels).toMatchObject(spec.selector.matchLabels)
  })

  test('says of every object whose it is, and where it lies', () => {
    const clusterWide = ['ClusterRole', 'ClusterRoleBinding', 'CustomResourceDefinition']
    for (const { kind, metadata } of objects) {
      expect(metadata.labels).toMatchObject({ 'app.kubernetes.io/instance': 'operator' })
      expect([kind, metadata.namespace !== undefined]).toEqual([kind, !clusterWide.includes(kind)])
    }
  })
})

describe('by its values', () => {
  test('everything that can be set is where it belongs', async () => {
    const objects = await renderChart(EVERYTHING)
    const { template } = objects.find(({ kind }) => kind === 'Deployment')?.['spec'] ?? {}
    expect(template.metadata).toMatchObject({
      labels: { team: 'data' },
      annotations: { 'sidecar.istio.io/inject': 'false' },
    })
    expect(template.spec).toMatchObject({
      serviceAccountName: 'mp-operator',
      imagePullSecrets: [{ name: 'registry' }],
      priorityClassName: 'system-cluster-critical',
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      tolerations: [{ key: 'infra' }],
      affinity: { nodeAffinity: {} },
      topologySpreadConstraints: [{ topologyKey: 'topology.kubernetes.io/zone' }],
    })
    expect(template.spec.containers[0].image).toBe(`registry.example.com/team/mp@${DIGEST}`)
    const monitor = objects.find(({ kind }) => kind === 'ServiceMonitor')
    expect(monitor).toMatchObject({
      metadata: { labels: { release: 'prometheus' } },
      spec: { endpoints: [{ interval: '15s', port: 'http' }] },
    })
    const policy = objects.find(({ kind }) => kind === 'NetworkPolicy')
    expect(policy?.['spec'].ingress).toMatchObject([
      {
        from: [
          { podSelector: { matchLabels: { 'app.kubernetes.io/component': 'test' } } },
          { namespaceSelector: { matchLabels: { team: 'observability' } } },
        ],
      },
    ])
  })

  test('with namespaces there are Roles in these, one for the Lease, and none for the cluster', async () => {
    const objects = await renderChart({ watch: { namespaces: ['shop', 'bakery'] }, crds: { enabled: false } })
    const roles = objects.filter(({ kind }) => /Role/.test(kind))
    expect(roles.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`).sort()).toEqual(
      ['Role', 'RoleBinding'].flatMap((kind) => [
        `${kind} bakery/operator-metrics-pipeline-operator`,
        `${kind} operators/operator-metrics-pipeline-operator-leader`,
        `${kind} shop/operator-metrics-pipeline-operator`,
      ]),
    )
  })

  test('the same rights in a namespace as in the cluster', async () => {
    const rulesOf = async (values: ChartValues, wanted: string) =>
      (await renderChart(values)).find(
        ({ kind, metadata }) => kind === wanted && metadata.name === 'operator-metrics-pipeline-operator',
      )?.['rules']
    const rules = await rulesOf({ watch: { namespaces: ['shop'] } }, 'Role')
    expect(rules).not.toEqual([])
    expect(rules).toEqual(await rulesOf({}, 'ClusterRole'))
  })

  test.each<[string, ChartValues, string, boolean]>([
    ['no definition without crds.enabled', { crds: { enabled: false } }, 'CustomResourceDefinition', false],
    ['a definition by default', {}, 'CustomResourceDefinition', true],
    ['no network policy when it is not wanted', { networkPolicy: { enabled: false } }, 'NetworkPolicy', false],
    ['no ServiceMonitor by default', {}, 'ServiceMonitor', false],
    ['no PrometheusRule by default', {}, 'PrometheusRule', false],
  ])('%s', async (_sentence, values, wanted, isThere) => {
    expect((await renderChart(values)).some(({ kind }) => kind === wanted)).toBe(isThere)
  })

  test('users get no rights by ClusterRoles when they are not wanted', async () => {
    const roles = async (values: ChartValues) =>
      (await renderChart(values)).filter(({ kind }) => kind === 'ClusterRole')
    expect(await roles({})).toHaveLength(3)
    expect(await roles({ rbac: { userRoles: false } })).toHaveLength(1)
  })

  test.each<[string, ChartValues, unknown]>([
    ['the definition is kept', {}, 'keep'],
    ['the definition goes with the release if that is wanted', { crds: { keep: false } }, undefined],
  ])('%s', async (_sentence, values, policy) => {
    const crd = (await renderChart(values)).find(({ kind }) => kind === 'CustomResourceDefinition')
    expect(crd?.['metadata'].annotations?.['helm.sh/resource-policy']).toBe(policy)
  })
})
