import type { View } from '../world/view.ts'
import type { Scaler } from './scaler.ts'

// A HorizontalPodAutoscaler, as kubernetes/kubernetes has it in pkg/controller/podautoscaler (horizontal.go, replica_calculator.go; read at commit
// 0006726) and as its documentation and the defaults of autoscaling/v2 in 1.37 describe it:
// - it looks every 15 s (--horizontal-pod-autoscaler-sync-period);
// - for an External metric with an AverageValue it wants ceil(sum of the series / value), and changes nothing while
//   |1 - sum / (value * replicas)| is at most the tolerance, 0.1;
// - of several metrics the greatest proposal counts; where some cannot be had, only a proposal to scale up counts; where none can, nothing changes;
// - scaling down goes to the greatest proposal of the last 300 s, scaling up has no window;
// - up: by 100 % or 4 pods within 15 s, whichever is more; down: by 100 % within 15 s.
const SYNC_SECONDS = 15
const TOLERANCE = 0.1
const STABILISATION_SECONDS = 300
const POLICY_SECONDS = 15
const PODS_UP = 4

/** A series' sum and its target for each replica; undefined where it cannot be had. */
export interface HpaMetric {
  readonly value: number | undefined
  readonly averageValue: number
}

/** The controller behind one HorizontalPodAutoscaler. */
export class Hpa {
  readonly #minReplicas: number
  readonly #maxReplicas: number
  #proposals: { readonly at: number; readonly replicas: number }[] = []
  #ups: { readonly at: number; readonly pods: number }[] = []

  constructor(minReplicas: number, maxReplicas: number) {
    this.#minReplicas = minReplicas
    this.#maxReplicas = maxReplicas
  }

  isDue(now: number): boolean {
    return now % SYNC_SECONDS === 0
  }

  sync(metrics: readonly HpaMetric[], replicas: number, now: number): number {
    const known = metrics.flatMap(({ value, averageValue }) =>
      value === undefined ? [] : [proposal(value, averageValue, replicas)],
    )
    const proposed = Math.max(...known)
    if (known.length === 0 || (known.length < metrics.length && proposed < replicas)) return replicas
    this.#proposals = [
      ...this.#proposals.filter(({ at }) => at > now - STABILISATION_SECONDS),
      { at: now, replicas: proposed },
    ]
    const wanted =
      proposed < replicas ? Math.min(replicas, Math.max(...this.#proposals.map((past) => past.replicas))) : proposed
    const next = Math.min(
      this.#maxReplicas,
      Math.max(this.#minReplicas, Math.min(wanted, this.#upLimit(replicas, now))),
    )
    if (next > replicas) this.#ups.push({ at: now, pods: next - replicas })
    return next
  }

  #upLimit(replicas: number, now: number): number {
    this.#ups = this.#ups.filter(({ at }) => at > now - POLICY_SECONDS)
    const before = replicas - this.#ups.reduce((sum, { pods }) => sum + pods, 0)
    return Math.max(replicas, 2 * before, before + PODS_UP)
  }
}

function proposal(value: number, averageValue: number, replicas: number): number {
  const ratio = value / (averageValue * replicas)
  return Math.abs(1 - ratio) <= TOLERANCE ? replicas : Math.ceil(value / averageValue)
}

/**
 * An HPA on the streams' lag, one series a stream, as a Prometheus adapter serves it: a stream whose lag is nil has none, and the others' sum
 * stands for all. It sees each value the moment it is taken, which flatters it by a scrape interval.
 */
export function hpaOnLag(
  name: string,
  { averageValue, maxReplicas }: { averageValue: number; maxReplicas: number },
): Scaler {
  const hpa = new Hpa(1, maxReplicas)
  return {
    name,
    decide: (view, replicas) =>
      hpa.isDue(view.now) ? hpa.sync([{ value: sumOfLags(view), averageValue }], replicas, view.now) : replicas,
  }
}

function sumOfLags(view: View): number | undefined {
  const known = view.look().flatMap(({ lag }) => lag ?? [])
  return known.length === 0 ? undefined : known.reduce((sum, lag) => sum + lag, 0)
}
