import { type Dashboard, grafanaJson } from './dashboard.ts'
import { operatorDashboard } from './operator.ts'
import { pipelineDashboard } from './pipeline.ts'
import { pipelinesDashboard } from './pipelines.ts'

export const DASHBOARDS: readonly Dashboard[] = [pipelinesDashboard, pipelineDashboard, operatorDashboard]

/** Where the chart finds them; a panel a line, so that a change can be read. */
export const dashboardFiles = DASHBOARDS.map((dashboard) => ({
  path: `charts/metrics-pipeline-operator/files/dashboards/${dashboard.uid}.json`,
  write: () => `${compact(grafanaJson(dashboard))}\n`,
}))

function compact(json: unknown): string {
  const { panels, ...rest } = json as { readonly panels: readonly unknown[] }
  const lines = panels.map((panel) => `    ${JSON.stringify(panel)}`)
  return `${JSON.stringify(rest, null, 2).slice(0, -2)},\n  "panels": [\n${lines.join(',\n')}\n  ]\n}`
}
