import { table } from '../../../tools/reference/markdown.ts'
import type { Result } from '../contest.ts'
import type { Outcome } from '../run-load.ts'

type Row = readonly Outcome[]

/** For each load and scaler: seconds above the target, and replica-hours. */
export function latencyTable(results: readonly Result[]): string {
  return tableOf(
    results,
    (outcomes) => `${grouped(sum(outcomes, 'violatedSeconds'))} s, ${hours(sum(outcomes, 'replicaHours'))} h`,
  )
}

/** For each load and scaler: changes of the number of replicas, and those of them that were taken back. */
export function changesTable(results: readonly Result[]): string {
  return tableOf(results, (outcomes) => {
    const changes = outcomes.reduce((total, outcome) => total + outcome.changes.length, 0)
    return `${grouped(changes)}, ${grouped(sum(outcomes, 'wastedChanges'))}`
  })
}

/** What each load is. */
export function loadsTable(results: readonly Result[]): string {
  return table(
    ['Load', 'What happens'],
    results.map(({ load }) => [load.name, load.summary]),
  )
}

function tableOf(results: readonly Result[], cell: (outcomes: Row) => string): string {
  const scalers = [...(results[0]?.outcomes.keys() ?? [])]
  const column = (scaler: string) => results.flatMap(({ outcomes }) => outcomes.get(scaler) ?? [])
  return table(
    ['Load', ...scalers],
    [
      ...results.map(({ load, outcomes }) => [load.name, ...[...outcomes.values()].map((outcome) => cell([outcome]))]),
      ['**all**', ...scalers.map((scaler) => `**${cell(column(scaler))}**`)],
    ],
  )
}

function sum(outcomes: Row, of: 'violatedSeconds' | 'replicaHours' | 'wastedChanges'): number {
  return outcomes.reduce((total, outcome) => total + outcome[of], 0)
}

function hours(number: number): string {
  return number.toFixed(1)
}

function grouped(number: number): string {
  return number.toLocaleString('en')
}
