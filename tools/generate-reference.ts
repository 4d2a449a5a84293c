/**
 * Writes those parts of docs/reference/ that follow from the code.
 *
 *   node tools/generate-reference.ts            writes them
 *   node tools/generate-reference.ts --check    exits with 1 and one line for each page that is not what the code says
 */
import { readFile, writeFile } from 'node:fs/promises'
import { builtInSetPages } from './reference/built-in-set-page.ts'
import { commandLinePage } from './reference/command-line-page.ts'
import { environmentPage } from './reference/environment-page.ts'
import { metricSetsPage } from './reference/metric-sets-page.ts'
import { metricsPages } from './reference/metrics-pages.ts'
import type { Page } from './reference/page.ts'
import { pipelinePage } from './reference/pipeline-page.ts'
import { tablesPage } from './reference/tables-page.ts'

const PAGES: readonly Page[] = [
  pipelinePage,
  metricSetsPage,
  commandLinePage,
  environmentPage,
  ...metricsPages,
  tablesPage,
  ...builtInSetPages,
]

for (const { name, write } of PAGES) {
  const file = new URL(`../docs/reference/${name}`, import.meta.url)
  const current = await readFile(file, 'utf8').catch(() => '')
  const wanted = await write(current)
  if (wanted === current) continue
  if (process.argv.includes('--check')) {
    process.stderr.write(`docs/reference/${name} is not what the code says; run node tools/generate-reference.ts\n`)
    process.exitCode = 1
  } else await writeFile(file, wanted)
}
