import type { ParityReport } from '../../adapters/postgres/parity-report.ts'
import type { BenchServers } from './servers.ts'

export interface Figure {
  readonly what: string
  readonly value: number
  readonly unit: string
  /** `>= 12000`, `<= 8`; absent for what is only reported. */
  readonly target?: string
}

export interface BenchResult {
  readonly figures: readonly Figure[]
  /** Over everything that the benchmark left in the database: a fast wrong run is void. Absent where there are no rows. */
  readonly parity?: Parity
}

export type Parity = Pick<ParityReport, 'compared' | 'mismatches' | 'missing'>

export interface Benchmark {
  readonly name: string
  readonly summary: string
  /** Runs only when it is named: it takes many minutes. */
  readonly onRequest?: boolean
  readonly run: (servers: BenchServers, log: (message: string) => void) => Promise<BenchResult>
}

export function together(parities: readonly Parity[]): Parity {
  const sum = (of: keyof Parity) => parities.reduce((total, parity) => total + parity[of], 0)
  return { compared: sum('compared'), mismatches: sum('mismatches'), missing: sum('missing') }
}

/** Undefined where there is no target. */
export function isMet({ value, target }: Figure): boolean | undefined {
  if (target === undefined) return undefined
  const [operator, bound] = target.split(' ')
  return operator === '>=' ? value >= Number(bound) : value <= Number(bound)
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN
}
