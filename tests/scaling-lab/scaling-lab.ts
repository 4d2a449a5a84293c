import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { contest, type Result } from './contest.ts'
import { LOADS } from './loads.ts'
import { autoscalingPage, PAGE } from './report/autoscaling-page.ts'
import { PLOTS, plotsOf } from './report/plots.ts'
import { changesTable, latencyTable } from './report/results-tables.ts'
import { SCALERS, SEED } from './scalers.ts'

// `make scaling-lab`: every scaler under every load. Prints the tables; the page and its plots are of one seed, and are written with that one only.

const seed = Number(process.env['SEED'] || SEED)
const results = contest(LOADS, SCALERS, seed)
process.stdout.write(
  `seconds above the target, replica-hours\n\n${latencyTable(results)}\n\n` +
    `changes, changes taken back\n\n${changesTable(results)}\n`,
)
if (seed === SEED) writePage(results)

function writePage(found: readonly Result[]): void {
  writeFileSync(PAGE, autoscalingPage(readFileSync(PAGE, 'utf8'), found))
  mkdirSync(PLOTS, { recursive: true })
  for (const [name, svg] of plotsOf(found)) writeFileSync(`${PLOTS}/${name}`, svg)
}
