import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { renderChart } from '../support/cluster/chart.ts'
import { askedInVain, knownMetrics } from '../support/known-metrics.ts'
import { findPromtool } from '../support/promtool.ts'

interface Target {
  readonly refId: string
  readonly datasource: Datasource
  readonly expr: string
  readonly legendFormat: string
}

interface GrafanaPanel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly datasource?: Datasource
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } }
  readonly targets?: readonly Target[]
}

interface Datasource {
  readonly type: string
  readonly uid: string
}

interface GrafanaDashboard {
  readonly uid: string
  readonly title: string
  readonly schemaVersion: number
  readonly time: { readonly from: string; readonly to: string }
  readonly templating: {
    readonly list: readonly {
      readonly name: string
      readonly type: string
      readonly query: string
      readonly datasource?: Datasource
    }[]
  }
  readonly panels: readonly GrafanaPanel[]
}

let dashboards: readonly GrafanaDashboard[]

const mapsOf = async (values: object) =>
  (await renderChart({ dashboards: { enabled: true, ...values } })).filter(
    ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.includes('pipeline'),
  )

beforeAll(async () => {
  const maps = await mapsOf({})
  dashboards = maps.flatMap(({ data }) => Object.values(data as Record<string, string>)).map((text) => JSON.parse(text))
})

/** As Grafana asks Prometheus. */
function asked(text: string): string {
  return text.replaceAll('$__rate_interval', '5m').replaceAll(/\$(?:namespace|pipeline)\b/g, 'shop')
}

function targetsOf({ panels }: GrafanaDashboard): readonly Target[] {
  return panels.flatMap(({ targets = [] }) => targets)
}

test('one of all pipelines, one of a single one, one of the operator, for the sidecar to find', async () => {
  expect(dashboards.map(({ uid }) => uid).sort()).toEqual([
    'metrics-pipeline',
    'metrics-pipeline-operator',
    'metrics-pipelines',
  ])
  const annotations = { grafana_folder: 'Pipelines' }
  for (const { metadata } of await mapsOf({ labels: { grafana_dashboard: 'yes' }, annotations })) {
    expect(metadata).toMatchObject({ labels: { grafana_dashboard: 'yes' }, annotations })
    expect(metadata.name.length).toBeLessThanOrEqual(63)
  }
  expect(await mapsOf({ enabled: false })).toEqual([])
})

test('each is a model that Grafana imports, whatever its Prometheus is called', () => {
  const chosen = { type: 'prometheus', uid: '$datasource' }
  for (const { uid, title, schemaVersion, time, templating, panels } of dashboards) {
    expect(uid).toMatch(/^[\w-]{1,40}$/)
    expect(title).toMatch(/\S/)
    expect(schemaVersion, uid).toBeGreaterThanOrEqual(36) // from there on a data source is an object with a uid
    expect(time.to, uid).toBe('now')
    const [first, ...others] = templating.list
    expect(first, uid).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' })
    for (const variable of others) expect(variable, uid).toMatchObject({ type: 'query', datasource: chosen })
    expect(new Set(panels.map(({ id }) => id)).size, uid).toBe(panels.length)
    for (const { type, title: panel, datasource, fieldConfig, targets = [] } of panels) {
      if (type === 'row') continue
      expect({ datasource, unit: typeof fieldConfig?.defaults.unit }, panel).toEqual({
        datasource: chosen,
        unit: 'string',
      })
      expect(targets, panel).not.toEqual([])
      expect(new Set(targets.map(({ refId }) => refId)).size, panel).toBe(targets.length)
      for (const target of targets) expect(target.datasource, panel).toEqual(chosen)
    }
  }
})

test.each<[sentence: string, wrong: string, found: readonly string[]]>([
  ['a metric that nobody has', 'sum(rate(mp_worker_evnts_total[5m]))', ['mp_worker_evnts_total']],
  ['one that has matchers', 'mp_worker_evnts_total{pipeline="shop"}', ['mp_worker_evnts_total']],
  ['a histogram without the end of its name', 'rate(mp_worker_freshness_seconds[5m])', ['mp_worker_freshness_seconds']],
  [
    'a label that a metric has not',
    'mp_worker_busy_seconds_total{reason="x"}',
    ['mp_worker_busy_seconds_total{reason}'],
  ],
  ['a label to group by', 'sum by (reasn) (mp_pipeline_dead_letters{pipeline="shop"})', ['by (reasn)']],
  [
    'a series that no rule records',
    'namespace_pipeline:mp_worker_missed:rate1h > 1',
    ['namespace_pipeline:mp_worker_missed:rate1h'],
  ],
  ['nothing that is there', 'sum by (reason) (mp_pipeline_dead_letters{pipeline="shop"})', []],
])('what is asked in vain is found: %s', (_sentence, wrong, found) => {
  expect(askedInVain(wrong, knownMetrics())).toEqual(found)
})

test('promtool understands every expression', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'metrics-pipeline-dashboards-'))
  const rules = dashboards.flatMap(targetsOf).map(({ expr }, n) => ({ record: `panel:${n}`, expr: asked(expr) }))
  const file = join(folder, 'rules.yaml')
  await writeFile(file, stringify({ groups: [{ name: 'panels', rules }] }))
  try {
    const { stdout } = await promisify(execFile)(await findPromtool(), ['check', 'rules', file])
    expect(stdout).toContain(`SUCCESS: ${rules.length} rules found`)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('no panel asks for a metric or a label that no process has, nor does a legend or a variable', () => {
  const known = knownMetrics()
  for (const dashboard of dashboards) {
    for (const { expr, legendFormat } of targetsOf(dashboard)) {
      const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label)
      expect(askedInVain(`${asked(expr)} by (${named.join(', ')})`, known), expr).toEqual([])
    }
    for (const { name, type, query } of dashboard.templating.list) {
      if (type === 'datasource') continue
      const [, series = '', label] = /^label_values\((.*), (\w+)\)$/.exec(query) ?? []
      expect(label).toBe(name)
      expect(askedInVain(`${asked(series)} by (${label})`, known), query).toEqual([])
    }
  }
})

test('panels say what they tell, and lie beside each other', () => {
  for (const { panels } of dashboards) {
    const charts = panels.filter(({ targets }) => targets !== undefined)
    expect(charts.filter(({ description }) => !description?.endsWith('.')).map(({ title }) => title)).toEqual([])
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)}/${y + Math.floor(i / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
    expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true)
  }
})
