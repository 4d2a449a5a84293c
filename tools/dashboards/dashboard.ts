/** A dashboard as it is written here: rows of panels, side by side, each over some queries. */
export interface Dashboard {
  /** Of its file, and so that links to it stay. */
  readonly uid: string
  readonly title: string
  readonly description: string
  readonly variables: readonly Variable[]
  readonly rows: readonly Row[]
}

/** What a person chooses above a dashboard: values of a label. */
export interface Variable {
  readonly name: string
  readonly label: string
  /** Whose label it is. */
  readonly series: string
  readonly allowsAll: boolean
}

export interface Row {
  readonly title: string
  readonly panels: readonly Panel[]
}

export interface Panel {
  readonly title: string
  /** What it tells, and what to make of it. */
  readonly description: string
  readonly kind: 'lines' | 'areas' | 'number' | 'table'
  readonly unit: Unit
  readonly queries: readonly Query[]
  /** A number turns red from here on. */
  readonly redFrom?: number
}

/** In Grafana's words. */
export type Unit = 'short' | 's' | 'percentunit' | 'bytes' | 'cps' | 'reqps' | 'dateTimeFromNow'

export interface Query {
  readonly expr: string
  /** `{{label}}` is the label's value; of a table, the name of the column. */
  readonly legend: string
}

export const q = (legend: string, expr: string): Query => ({ legend, expr })

const WIDTH = 24
const HEIGHT = { number: 4, lines: 8, areas: 8, table: 10 } as const
const DATASOURCE = { type: 'prometheus', uid: '$datasource' }

/** As Grafana imports it. */
export function grafanaJson({ uid, title, description, variables, rows }: Dashboard): unknown {
  return {
    uid,
    title,
    description,
    tags: ['metrics-pipeline'],
    schemaVersion: 39,
    editable: false,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    links: [
      {
        type: 'dashboards',
        title: 'Metrics pipelines',
        tags: ['metrics-pipeline'],
        asDropdown: true,
        includeVars: true,
      },
    ],
    templating: {
      list: [
        { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
        ...variables.map(variableJson),
      ],
    },
    panels: panelsOf(rows),
  }
}

function variableJson({ name, label, series, allowsAll }: Variable): unknown {
  return {
    name,
    label,
    type: 'query',
    datasource: DATASOURCE,
    query: `label_values(${series}, ${name})`,
    refresh: 2,
    sort: 1,
    includeAll: allowsAll,
    multi: allowsAll,
    ...(allowsAll ? { allValue: '.*', current: { text: 'All', value: '$__all' } } : {}),
  }
}

function panelsOf(rows: readonly Row[]): readonly unknown[] {
  const panels: unknown[] = []
  let y = 0
  const place = (panel: object, x: number, w: number, h: number) =>
    panels.push({ id: panels.length + 1, ...panel, gridPos: { x, y, w, h } })
  for (const row of rows) {
    place({ type: 'row', title: row.title, collapsed: false, panels: [] }, 0, WIDTH, 1)
    y += 1
    const w = Math.floor(WIDTH / row.panels.length)
    for (const [i, panel] of row.panels.entries()) place(panelJson(panel), i * w, w, HEIGHT[panel.kind])
    y += Math.max(...row.panels.map(({ kind }) => HEIGHT[kind]))
  }
  return panels
}

function panelJson(panel: Panel): object {
  const { title, description, kind, queries } = panel
  const isInstant = kind === 'number' || kind === 'table'
  const targets = queries.map(({ expr, legend }, i) => ({
    refId: String.fromCharCode('A'.charCodeAt(0) + i),
    datasource: DATASOURCE,
    expr,
    legendFormat: legend,
    ...(isInstant && { instant: true, range: false }),
    ...(kind === 'table' && { format: 'table' }),
  }))
  return { title, description, datasource: DATASOURCE, ...lookOf(panel), targets }
}

function lookOf({ kind, unit, queries, redFrom }: Panel): object {
  switch (kind) {
    case 'number':
      return {
        type: 'stat',
        fieldConfig: {
          defaults: { unit, noValue: 'unknown', ...(redFrom !== undefined && { thresholds: redAbove(redFrom) }) },
          overrides: [],
        },
        options: { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: redFrom === undefined ? 'none' : 'value' },
      }
    case 'table':
      return {
        type: 'table',
        fieldConfig: { defaults: { unit, noValue: 'unknown' }, overrides: [] },
        transformations: [
          { id: 'merge' },
          { id: 'organize', options: { excludeByName: { Time: true }, renameByName: columns(queries) } },
        ],
      }
    case 'lines':
    case 'areas':
      return {
        type: 'timeseries',
        fieldConfig: {
          defaults: {
            unit,
            min: 0,
            custom: kind === 'areas' ? { fillOpacity: 30, stacking: { mode: 'normal' } } : { fillOpacity: 5 },
          },
          overrides: [],
        },
        options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
      }
  }
}

function redAbove(value: number): object {
  return {
    mode: 'absolute',
    steps: [
      { color: 'green', value: null },
      { color: 'red', value },
    ],
  }
}

/** What Grafana calls the values of the queries of a table. */
function columns(queries: readonly Query[]): Readonly<Record<string, string>> {
  if (queries.length === 1) return { Value: queries[0]?.legend ?? '' }
  return Object.fromEntries(
    queries.map(({ legend }, i) => [`Value #${String.fromCharCode('A'.charCodeAt(0) + i)}`, legend]),
  )
}
