import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { SharedRedis } from '../adapters/redis/shared-redis.ts'
import { describeError, type Logger } from '../adapters/telemetry/create-logger.ts'
import type { ExporterMetrics, Part, PipelineAims } from '../adapters/telemetry/exporter-metrics.ts'
import { externalDemand } from '../core/load/external-demand.ts'
import { UNKNOWN_LOAD } from '../core/load/unknown-load.ts'
import { freshnessObjectiveMs } from '../core/pipeline/freshness-objective.ts'
import { resolvePipeline } from '../core/pipeline/resolve-pipeline.ts'
import type { NamespaceSignals, PipelineSignals, SignalsWithDemand } from '../core/signals/pipeline-signals.ts'
import { AlarmClock } from './alarm-clock.ts'
import type { PipelineFile } from './ask-thread.ts'
import { connectionsInFolder } from './connection-file.ts'
import { judgeFailure } from './judge-failure.ts'
import type { FolderChange } from './pipeline-folder.ts'
import { PipelineObserver } from './pipeline-observer.ts'

export interface ObservatoryOptions {
  readonly connectionsFolder: string
  readonly everyMs: number
  readonly metrics: ExporterMetrics
  readonly log: Logger
}

interface Observed {
  readonly file: PipelineFile
  readonly latest: () => PipelineSignals | undefined
  /** Whether all that is known of it after some looks is known. */
  readonly isKnown: () => boolean
  /** How old an event may become. */
  readonly targetLatencyMs: number
  /** Undefined where nobody knows what it is meant to do. */
  readonly aims: PipelineAims | undefined
  readonly stop: () => Promise<void>
}

/** How many mistakes of a file are told; its author sees all of them where the file is checked. */
const PROBLEMS_TOLD = 3

/** Looks at every pipeline that there is. */
export class Observatory {
  readonly #options: ObservatoryOptions
  readonly #observed = new Map<string, Observed>()
  readonly #shared = { redis: new SharedRedis(), alarms: new AlarmClock() }
  readonly #ending = new Set<Promise<void>>()

  constructor(options: ObservatoryOptions) {
    this.#options = options
  }

  /** Begins with what is new, and with what is another pipeline now; ends with what is gone. */
  follow({ changed, gone }: FolderChange): void {
    const replaced = [...changed].filter(([name, file]) => !isDeepStrictEqual(this.#observed.get(name)?.file, file))
    const ended = [...gone, ...replaced.map(([name]) => name)].flatMap((name) => this.#observed.get(name) ?? [])
    for (const name of gone) {
      this.#observed.delete(name)
      this.#options.metrics.forget(name)
    }
    for (const [name, file] of replaced) this.#observed.set(name, this.#observe(name, file))
    for (const { stop } of ended) this.#end(stop())
  }

  /** Whether each of them was looked at, and its streams as often as it takes to tell how much comes in. */
  get isComplete(): boolean {
    return [...this.#observed.values()].every(({ isKnown }) => isKnown())
  }

  get signals(): NamespaceSignals {
    const seen = [...this.#observed].map(([name, { latest }]) => [name, latest()] as const)
    return {
      pipelines: Object.fromEntries(
        seen.filter(([, signals]) => signals !== undefined),
      ) as NamespaceSignals['pipelines'],
    }
  }

  /** What was seen of one, with what it takes to do it in time; undefined for one that is not looked at, or was not yet. */
  withDemand(name: string, targetLatencyMs?: number): SignalsWithDemand | undefined {
    const observed = this.#observed.get(name)
    const signals = observed?.latest()
    return (
      observed &&
      signals && { demand: externalDemand(signals, targetLatencyMs ?? observed.targetLatencyMs), ...signals }
    )
  }

  /** The same of all of them, by name. */
  get withDemands(): ReadonlyMap<string, SignalsWithDemand> {
    const seen = [...this.#observed.keys()].map((name) => [name, this.withDemand(name)] as const)
    return new Map(seen.filter((each): each is readonly [string, SignalsWithDemand] => each[1] !== undefined))
  }

  /** What they are meant to do, by name, whatever can be seen of them. */
  get aims(): ReadonlyMap<string, PipelineAims> {
    return new Map(
      [...this.#observed].flatMap(([name, { aims }]) => (aims === undefined ? [] : [[name, aims] as const])),
    )
  }

  /** Resolves when all looks are over. */
  async stop(): Promise<void> {
    this.follow({ changed: new Map(), gone: [...this.#observed.keys()] })
    await Promise.all(this.#ending)
  }

  /** A server that hangs may take its time: whatever else there is to look at does not wait for it. */
  #end(stopping: Promise<void>): void {
    const ending = stopping
      .catch((error: unknown) => this.#options.log.warn({ error }, 'a connection could not be closed'))
      .finally(() => this.#ending.delete(ending))
    this.#ending.add(ending)
  }

  #observe(name: string, file: PipelineFile): Observed {
    const { connectionsFolder, everyMs, metrics, log } = this.#options
    if ('problems' in file) return this.#leaveOut(name, file)
    log.info({ pipeline: name }, 'a pipeline is looked at')
    const pipeline = resolvePipeline(file.pipeline, file.warnings)
    const observer = new PipelineObserver({
      pipeline,
      connections: connectionsInFolder(join(connectionsFolder, name), file.pipeline.spec),
      shared: this.#shared,
      everyMs,
      onLook: (part, seconds) => metrics.lookSeconds.observe({ part }, seconds),
      onFailure: (part, error) => this.#tell(name, part, error),
    })
    const { settings } = pipeline
    return {
      file,
      latest: () => observer.latest,
      isKnown: () => observer.tellsRates,
      targetLatencyMs: settings.scaling.targetLatencyMs,
      aims: {
        freshnessObjectiveMs: freshnessObjectiveMs(settings),
        aggregationIntervalMs: file.aggregationIntervalMs,
      },
      stop: () => observer.stop(),
    }
  }

  #tell(pipeline: string, part: Part, error: unknown): string {
    const { metrics, log } = this.#options
    const reason = judgeFailure(error)
    metrics.countFailure(pipeline, part, reason)
    log.warn({ error, pipeline, part, reason }, 'a pipeline could not be looked at')
    return describeError(error).message
  }

  /** What it is cannot be known, so nothing of it can be seen. */
  #leaveOut(name: string, file: { readonly problems: readonly string[] }): Observed {
    this.#options.log.warn({ pipeline: name, problems: file.problems }, 'a pipeline file is invalid')
    const unreachable = `the pipeline is invalid: ${file.problems.slice(0, PROBLEMS_TOLD).join('; ')}`
    const latest = () => ({
      observedAt: new Date().toISOString(),
      source: { unreachable },
      database: { unreachable },
      load: UNKNOWN_LOAD,
    })
    return {
      file,
      latest,
      isKnown: () => true,
      targetLatencyMs: Number.NaN,
      aims: undefined,
      stop: async () => undefined,
    }
  }
}
