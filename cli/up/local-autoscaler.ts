import type { LoadedPipeline } from '../../adapters/manifest/parse-pipeline.ts'
import { wait } from '../../adapters/process/wait.ts'
import { SharedRedis } from '../../adapters/redis/shared-redis.ts'
import { describeError } from '../../adapters/telemetry/create-logger.ts'
import { decideReplicas } from '../../core/autoscaling/decide-replicas.ts'
import type { ScalingDecision, ScalingReason } from '../../core/autoscaling/scaling-decision.ts'
import type { Ceilings } from '../../core/autoscaling/scaling-input.ts'
import { EMPTY_MEMORY, type ScalingMemory } from '../../core/autoscaling/scaling-memory.ts'
import { workersInReach } from '../../core/pipeline/connection-budget.ts'
import { AlarmClock } from '../../exporter/alarm-clock.ts'
import { type Connections, PipelineObserver } from '../../exporter/pipeline-observer.ts'
import type { LocalScaling } from './state-folder.ts'
import type { WorkerFleet } from './worker-fleet.ts'

export interface AutoscalerOptions {
  readonly pipeline: LoadedPipeline
  readonly connections: Connections
  readonly fleet: WorkerFleet
  readonly report: (message: string) => void
  /** Told what there is to know after each decision. */
  readonly onDecision: (scaling: LocalScaling) => void
}

/** A message to a fleet at rest is to be noticed at once; what a look costs is nothing beside a worker at work. */
const LOOK_MS = 1_000
const DECIDE_MS = 500

/** Looks at a pipeline as the exporter of a cluster does, decides as the operator does, and has the fleet follow. */
export class LocalAutoscaler {
  readonly #options: AutoscalerOptions
  readonly #ceilings: Ceilings
  readonly #observer: PipelineObserver
  #memory: ScalingMemory = EMPTY_MEMORY
  #decidedAt = ''
  #lastScaleAt: string | null = null
  #latest: ScalingDecision | undefined
  #hold: ScalingReason | undefined

  constructor(options: AutoscalerOptions) {
    const { pipeline, connections } = options
    const { spec } = pipeline.pipeline
    this.#options = options
    this.#ceilings = { shards: spec.source.redisStreams.sharded?.shards, connections: workersInReach(spec) }
    this.#observer = new PipelineObserver({
      pipeline,
      connections,
      shared: { redis: new SharedRedis(), alarms: new AlarmClock() },
      everyMs: LOOK_MS,
      onLook: () => undefined,
      onFailure: (_part, error) => describeError(error).message,
    })
  }

  /** Decides again and again until it is told to stop. */
  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const decision = await this.#decide()
      if (decision !== undefined && !stop.aborted) await this.#follow(decision)
      await wait(DECIDE_MS, stop)
    }
    await this.#observer.stop()
  }

  async #decide(): Promise<ScalingDecision | undefined> {
    const { pipeline, fleet } = this.#options
    const { decision, memory } = decideReplicas({
      settings: pipeline.settings.scaling,
      ceilings: this.#ceilings,
      signals: this.#observer.latest,
      trouble: 'nothing was looked at yet',
      fleet: {
        replicas: fleet.size,
        ready: await fleet.countReady(),
        isRollingOut: false,
        isSuspended: false,
        failing: fleet.trouble,
        scaledBy: undefined,
      },
      memory: this.#memory,
      nowMs: performance.now(),
    })
    this.#memory = memory
    return decision
  }

  async #follow(decision: ScalingDecision): Promise<void> {
    const { pipeline, fleet, report, onDecision } = this.#options
    const { replicas, reason, message } = decision
    const seenAt = new Date().toISOString()
    if (replicas !== fleet.size) {
      this.#lastScaleAt = seenAt
      report(`scaled ${fleet.size} -> ${replicas}: ${message}`)
      await fleet.scaleTo(replicas)
    }
    const hold = holdOf(decision)
    if (hold !== undefined && hold !== this.#hold && this.#latest !== undefined) report(`not scaled: ${message}`)
    this.#hold = hold
    if (replicas !== this.#latest?.replicas || reason !== this.#latest.reason) this.#decidedAt = seenAt
    this.#latest = decision
    const settings = pipeline.settings.scaling
    onDecision({ settings, decidedAt: this.#decidedAt, seenAt, lastScaleAt: this.#lastScaleAt, decision })
  }
}

/** What somebody wants to know of though nothing changes: that it is not known what waits, or that those that there are get nothing done. */
function holdOf({ reason, inputs }: ScalingDecision): ScalingReason | undefined {
  const isBlind = reason === 'HoldUnknown' && inputs.backlog === null
  return isBlind || reason === 'HoldFailing' || reason === 'ProgressStalled' ? reason : undefined
}
