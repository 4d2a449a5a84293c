/**
 * Writes everything in the tree that follows from the code: the CRD with its copy in the chart, its dashboards, and the generated parts of
 * docs/reference/.
 *
 *   node tools/generate.ts            writes it
 *   node tools/generate.ts --check    exits with 1 and one line for each file that is not what the code says
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { crdFile } from './crd/crd-file.ts'
import { dashboardFiles } from './dashboards/dashboard-files.ts'
import { builtInSetPages } from './reference/built-in-set-page.ts'
import { chartPage } from './reference/chart-page.ts'
import { commandLinePage } from './reference/command-line-page.ts'
import { environmentPage } from './reference/environment-page.ts'
import { logsPage } from './reference/logs-page.ts'
import { metricSetsPage } from './reference/metric-sets-page.ts'
import { metricsPages } from './reference/metrics-pages.ts'
import type { Page } from './reference/page.ts'
import { pipelinePage } from './reference/pipeline-page.ts'
import { statusPage } from './reference/status-page.ts'
import { tablesPage } from './reference/tables-page.ts'

interface GeneratedFile {
  readonly path: string
  /** What it should be, given what it is. */
  readonly write: (current: string) => string | Promise<string>
}

const PAGES: readonly Page[] = [
  pipelinePage,
  statusPage,
  metricSetsPage,
  commandLinePage,
  environmentPage,
  ...metricsPages,
  logsPage,
  tablesPage,
  chartPage,
  ...builtInSetPages,
]

const ROOT = resolve(import.meta.dirname, '..')

const FILES: readonly GeneratedFile[] = [
  { path: 'crds/metricspipelines.yaml', write: crdFile },
  { path: 'charts/metrics-pipeline-operator/files/metricspipelines.yaml', write: crdFile }, // helm reads nothing outside of a chart
  ...dashboardFiles,
  ...PAGES.map(({ name, write }) => ({ path: `docs/reference/${name}`, write })),
]

for (const { path, write } of FILES) {
  const file = resolve(ROOT, path)
  const current = await readFile(file, 'utf8').catch(() => '')
  const wanted = await write(current)
  if (wanted === current) continue
  if (process.argv.includes('--check')) {
    process.stderr.write(`${path} is not what the code says; run make generate\n`)
    process.exitCode = 1
  } else {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, wanted)
  }
}
