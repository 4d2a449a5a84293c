import type { View } from '../world/view.ts'
import { Hpa, type HpaMetric } from './hpa.ts'
import type { Scaler } from './scaler.ts'

// KEDA with its Redis Streams scaler in lag mode, as kedacore/keda has it (pkg/scaling/executor/scale_scaledobjects.go at commit 7f17c10,
// pkg/scalers/redis_streams_scaler.go at 0686070; what becomes of a nil lag as of 2.20.2) and its documentation describes it:
// - the operator polls every pollingInterval, 30 s, and decides only between none and one: one when a trigger is active (lag > activationLagCount,
//   0), none when none has been active for cooldownPeriod, 300 s. minReplicaCount is 0;
// - from one on, its HPA decides, with minReplicas 1 and one External metric a trigger, lag against lagCount; the HPA asks the scaler itself;
// - lag is what was not delivered: what a worker holds does not count; a nil lag comes as -1 from the Redis client, which is not active, and reaches
//   the HPA as 0;
// - a source of several streams has one trigger each, of which the HPA takes the greatest proposal, or one sum by scalingModifiers.formula.
export interface KedaSettings {
  readonly pollingSeconds: number
  readonly cooldownSeconds: number
  readonly lagCount: number
  /** Whether a formula adds the triggers up. */
  readonly isSummed: boolean
  readonly maxReplicas: number
}

export function keda(name: string, settings: KedaSettings): Scaler {
  const hpa = new Hpa(1, settings.maxReplicas)
  let activeAt = 0
  return {
    name,
    decide: (view, replicas) => {
      const { now } = view
      if (now % settings.pollingSeconds === 0) {
        const isActive = triggers(view, settings).some((value) => value > 0)
        if (isActive) activeAt = now
        if (replicas === 0) return isActive ? 1 : 0
        if (now - activeAt > settings.cooldownSeconds) return 0
      }
      return replicas > 0 && hpa.isDue(now) ? hpa.sync(metrics(view, settings), replicas, now) : replicas
    },
  }
}

const NIL = -1

function triggers(view: View, { isSummed }: KedaSettings): readonly number[] {
  const lags = view.look().map(({ lag = NIL }) => lag)
  return isSummed ? [lags.reduce((sum, lag) => sum + lag, 0)] : lags
}

function metrics(view: View, settings: KedaSettings): readonly HpaMetric[] {
  return triggers(view, settings).map((value) => ({ value: Math.max(0, value), averageValue: settings.lagCount }))
}
