import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { contest } from './contest.ts'
import { LOADS } from './loads.ts'
import { autoscalingPage, PAGE } from './report/autoscaling-page.ts'
import { plot } from './report/plot.ts'
import { changesTable, latencyTable } from './report/results-tables.ts'
import { DRAWN_SCALERS, SCALERS, SEED } from './scalers.ts'

// `make scaling-lab`: every scaler under every load. Prints the tables, and writes them and the plots into the documentation.

const PLOTS = 'docs/autoscaling'
const DRAWN_LOADS = ['step', 'daily wave', 'spike train', 'lag unknown']

const results = contest(LOADS, SCALERS, SEED)
process.stdout.write(`seconds above the target, replica-hours\n\n${latencyTable(results)}\n\n`)
process.stdout.write(`changes, changes taken back\n\n${changesTable(results)}\n`)
writeFileSync(PAGE, autoscalingPage(readFileSync(PAGE, 'utf8'), results))
mkdirSync(PLOTS, { recursive: true })
for (const result of results) {
  const { name } = result.load
  if (DRAWN_LOADS.includes(name))
    writeFileSync(`${PLOTS}/${name.replaceAll(' ', '-')}.svg`, plot(result, DRAWN_SCALERS))
}
