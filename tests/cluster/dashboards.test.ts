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
  readonly expr: string
  readonly legendFormat: string
}

interface GrafanaPanel {
  readonly title: string
  readonly description?: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly Target[]
}

interface GrafanaDashboard {
  readonly uid: string
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly query: string }[]
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
