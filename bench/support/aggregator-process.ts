import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { AggregationSummary } from '../../aggregator/summary.ts'
import { cpuSecondsOf, memoryOf } from './process-usage.ts'
import { SMALL_HEAP, SMALL_HEAP_ENVIRONMENT } from './worker-process.ts'

const SAMPLE_MS = 10

export interface AggregatorRun {
  readonly summary: AggregationSummary
  /** From its start to its exit. */
  readonly seconds: number
  /** Processor time. */
  readonly cpuSeconds: number
  /** Resident memory at its highest, in MB. */
  readonly peakMegabytes: number
}

/** A daily run by the bundled aggregator (`dist/aggregator.mjs`), in a process of its own, as the image would run it. */
export async function runAggregator(pipelineFile: string, databaseUrl: string): Promise<AggregatorRun> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, [...SMALL_HEAP, 'dist/aggregator.mjs', 'daily', '--json'], {
    env: { ...process.env, ...SMALL_HEAP_ENVIRONMENT, PIPELINE_FILE: pipelineFile, DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let [peakMegabytes, cpuSeconds] = [0, 0]
  const sampling = setInterval(() => {
    const { peak } = memoryOf(child.pid!)
    if (Number.isNaN(peak)) return // it has ended
    peakMegabytes = peak
    cpuSeconds = cpuSecondsOf(child.pid!)
  }, SAMPLE_MS)
  child.once('exit', () => clearInterval(sampling))
  const [out, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  if (code !== 0) throw new Error(`the aggregator ended with code ${code}: ${out}`)
  const seconds = (performance.now() - startedAt) / 1_000
  return { summary: JSON.parse(out), seconds, cpuSeconds, peakMegabytes }
}
