import { decideReplicas } from '../../../core/autoscaling/decide-replicas.ts'
import type { ScalingDecision } from '../../../core/autoscaling/scaling-decision.ts'
import { EMPTY_MEMORY } from '../../../core/autoscaling/scaling-memory.ts'
import type { ScalingSettings } from '../../../core/pipeline/scaling-settings.ts'
import { MAX_REPLICAS, SHARDS, TARGET_LATENCY_SECONDS } from '../load.ts'
import type { View } from '../world/view.ts'
import { Exporter } from './exporter.ts'
import type { Scaler } from './scaler.ts'

/** How often the operator asks the exporter and decides. */
const DECIDE_SECONDS = 2

const SETTINGS: ScalingSettings = {
  mode: 'Internal',
  minReplicas: 0,
  maxReplicas: MAX_REPLICAS,
  targetLatencyMs: TARGET_LATENCY_SECONDS * 1_000,
  idleAfterMs: 300_000,
}

/** The product's own autoscaler, with its defaults. `onDecision` is told what it decided. */
export function ours(name: string, onDecision: (decision: ScalingDecision, view: View) => void = () => {}): Scaler {
  const exporter = new Exporter()
  let memory = EMPTY_MEMORY
  return {
    name,
    decide: (view, replicas) => {
      exporter.look(view)
      if (view.now % DECIDE_SECONDS !== 0) return replicas
      const decided = decideReplicas({
        settings: SETTINGS,
        ceilings: { shards: SHARDS, connections: MAX_REPLICAS },
        signals: exporter.latest,
        trouble: undefined,
        fleet: {
          replicas,
          ready: view.ready.length,
          isRollingOut: false,
          isSuspended: false,
          failing: undefined,
          scaledBy: undefined,
        },
        memory,
        nowMs: view.now * 1_000,
      })
      memory = decided.memory
      if (decided.decision !== undefined) onDecision(decided.decision, view)
      return decided.decision?.replicas ?? replicas
    },
  }
}
