import { externalDemand } from '../../../core/load/external-demand.ts'
import { MAX_REPLICAS, TARGET_LATENCY_SECONDS } from '../load.ts'
import { Exporter } from './exporter.ts'
import { Hpa } from './hpa.ts'
import type { Scaler } from './scaler.ts'

const POLLING_SECONDS = 5
const COOLDOWN_SECONDS = 300

/**
 * Mode External: KEDA with its metrics-api trigger on the demand that the product's exporter serves, one worker for each worker that it takes. A
 * trigger that fails, since the demand is not known, is neither active nor inactive, and its autoscaler changes nothing.
 */
export function kedaOnDemand(name: string): Scaler {
  const exporter = new Exporter()
  const hpa = new Hpa(1, MAX_REPLICAS)
  let activeAt = 0
  return {
    name,
    decide: (view, replicas) => {
      const { now } = view
      exporter.look(view)
      const { latest } = exporter
      const demand = latest === undefined ? null : externalDemand(latest, TARGET_LATENCY_SECONDS * 1_000)
      if (now % POLLING_SECONDS === 0 && demand !== null) {
        if (demand > 0) activeAt = now
        if (replicas === 0) return demand > 0 ? 1 : 0
        if (now - activeAt > COOLDOWN_SECONDS) return 0
      }
      if (replicas === 0 || !hpa.isDue(now)) return replicas
      return hpa.sync([{ value: demand ?? undefined, averageValue: 1 }], replicas, now)
    },
  }
}
