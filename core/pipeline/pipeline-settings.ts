import { parseDurationMs } from '../time/duration.ts'
import { parseWholeDays } from '../time/whole-days.ts'
import type { WindowDays } from '../time/window.ts'
import { must } from './must.ts'
import { parsePercent } from './parse-percent.ts'
import { type ScalingSettings, scalingSettings } from './scaling-settings.ts'
import type { MetricsPipeline } from './spec.ts'
import { streamsOf } from './streams-of.ts'
import { type WantedComposite, wantedComposite } from './wanted-composite.ts'

/** What a spec comes to: the numbers behind its texts, and what it leaves to defaults that depend on the rest. */
export interface PipelineSettings {
  /** Every stream that the pipeline reads. */
  readonly streams: readonly string[]
  readonly consumerGroup: string
  readonly windows: readonly WindowDays[]
  readonly claimIdleMs: number
  readonly quietMs: number
  readonly maxWaitMs: number
  readonly retryDelayMs: number
  readonly retentionDays: number
  /** Share of entities that the parity check looks at, 0 to 1. */
  readonly paritySample: number
  readonly scaling: ScalingSettings
  /** Undefined: no score is calculated. */
  readonly composite: WantedComposite | undefined
}

/** Reads a pipeline that has been checked; throws where a text is not what the check lets pass. */
export function pipelineSettings({ metadata, spec }: MetricsPipeline): PipelineSettings {
  const { source, metrics, composite, workers, aggregation } = spec
  return {
    streams: streamsOf(source),
    consumerGroup: source.redisStreams.consumerGroup ?? metadata.name,
    windows: metrics.windows.map((window) => must(parseWholeDays, window)),
    claimIdleMs: must(parseDurationMs, source.redisStreams.claimIdle),
    quietMs: must(parseDurationMs, metrics.debounce.quiet),
    maxWaitMs: must(parseDurationMs, metrics.debounce.maxWait),
    retryDelayMs: must(parseDurationMs, aggregation.retryDelay),
    retentionDays: must(parseWholeDays, aggregation.retention),
    paritySample: must(parsePercent, aggregation.parity.sample),
    scaling: scalingSettings(workers.scaling),
    composite: composite && wantedComposite(composite),
  }
}
