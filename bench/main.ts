import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { aggregation, aggregationOfAMillion } from './benchmarks/aggregation.ts'
import { composite } from './benchmarks/composite.ts'
import { evaluation } from './benchmarks/evaluation.ts'
import { exporter, exporterOfFifty } from './benchmarks/exporter.ts'
import { fleet } from './benchmarks/fleet.ts'
import { freshness, freshnessRoomy } from './benchmarks/freshness.ts'
import { operator, operatorOfFifty } from './benchmarks/operator.ts'
import { soak } from './benchmarks/soak.ts'
import { stepInCluster } from './benchmarks/step-in-cluster.ts'
import { throughputA } from './benchmarks/throughput-a.ts'
import { throughputADefault } from './benchmarks/throughput-a-default.ts'
import { throughputARoomy } from './benchmarks/throughput-a-roomy.ts'
import { throughputB } from './benchmarks/throughput-b.ts'
import { throughputBRoomy } from './benchmarks/throughput-b-roomy.ts'
import { tracing } from './benchmarks/tracing.ts'
import { triggers } from './benchmarks/triggers.ts'
import { wake } from './benchmarks/wake.ts'
import { wakeInCluster } from './benchmarks/wake-in-cluster.ts'
import { type Benchmark, type BenchResult, isMet, type Parity } from './support/bench.ts'
import { openBenchServers } from './support/servers.ts'

const BENCHMARKS: readonly Benchmark[] = [
  throughputA,
  throughputARoomy,
  throughputADefault,
  throughputB,
  throughputBRoomy,
  triggers,
  freshness,
  freshnessRoomy,
  evaluation,
  aggregation,
  fleet,
  aggregationOfAMillion,
  soak,
  tracing,
  composite,
  wake,
  wakeInCluster,
  stepInCluster,
  exporterOfFifty,
  exporter,
  operatorOfFifty,
  operator,
]

const OUT = 'bench/out'

const chosen = process.env['BENCH'] ?? ''
const benchmarks = BENCHMARKS.filter(({ name, onRequest = false }) => (chosen === '' ? !onRequest : name === chosen))
if (benchmarks.length === 0) {
  process.stderr.write(
    `there is no benchmark ${chosen}; there are:\n${BENCHMARKS.map(({ name, summary }) => `  ${name}: ${summary}`).join('\n')}\n`,
  )
  process.exit(2)
}

await import('../tools/build.ts')
const log = (message: string) => process.stderr.write(`  ${message}\n`)
const servers = await openBenchServers(log)
let isVoid = false
try {
  for (const benchmark of benchmarks) {
    process.stdout.write(`\n${benchmark.name}: ${benchmark.summary}\n`)
    await servers.flushRedis()
    const result = await benchmark.run(servers, log)
    report(benchmark.name, result)
    isVoid ||= result.parity !== undefined && !isRight(result.parity)
  }
} finally {
  await servers.stop()
}
process.exitCode = isVoid ? 1 : 0

function report(name: string, { figures, parity }: BenchResult): void {
  const rows = figures.map((figure) => ({ ...figure, met: isMet(figure) }))
  for (const { what, value, unit, target, met } of rows) {
    const verdict = met === undefined ? '' : `${target?.padEnd(10)} ${met ? 'met' : 'NOT MET'}`
    process.stdout.write(
      `  ${what.padEnd(46)} ${format(value).padStart(10)} ${unit.padEnd(12)} ${verdict}`.trimEnd().concat('\n'),
    )
  }
  if (parity !== undefined) {
    const verdict = isRight(parity) ? '' : '  VOID: a fast wrong run counts for nothing'
    process.stdout.write(
      `  parity: ${parity.compared} rows compared, ${parity.mismatches} mismatches, ${parity.missing} missing${verdict}\n`,
    )
  }
  mkdirSync(OUT, { recursive: true })
  writeFileSync(
    `${OUT}/${name}.json`,
    `${JSON.stringify({ name, figures: rows, parity, machine: machine() }, null, 2)}\n`,
  )
}

function isRight({ compared, mismatches, missing }: Parity): boolean {
  return mismatches + missing === 0 && compared > 0
}

function format(value: number): string {
  return value >= 1_000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
}

function machine(): Readonly<Record<string, string | number>> {
  const model = cpus()[0]?.model ?? 'unknown'
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  return {
    cpu: model,
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    version,
  }
}
