import type { View } from '../world/view.ts'
import type { Scaler } from './scaler.ts'

// Numaflow's autoscaler of a source, as numaproj/numaflow 1.8 has it (pkg/reconciler/monovertex/scaling/scaling.go at commit 18baaea,
// pkg/mvtxdaemon/server/service/rater/helper.go at 0010f9e)
// and docs/user-guide/reference/autoscaling.md describes it:
// - each vertex is looked at every 30 s;
// - wanted = round(pending / rate / targetProcessingSeconds * ready replicas), at least 1, at most pending. Pending is what is not acknowledged;
//   rate and pending are averages over lookbackSeconds, 120;
// - none only where pending and rate are both 0; rate 0 with something pending changes nothing; nothing either while no replica is ready or a number
//   cannot be had;
// - by 2 at most at a time (replicasPerScaleUp, replicasPerScaleDown), 90 s after the last change at the earliest (scaleUpCooldownSeconds,
//   scaleDownCooldownSeconds);
// - at none it starts one after zeroReplicaSleepSeconds, 120, to see whether there is anything: pods count what is pending.
export interface NumaflowSettings {
  readonly lookbackSeconds: number
  readonly targetProcessingSeconds: number
  readonly cooldownSeconds: number
  readonly replicasPerScale: number
  readonly zeroReplicaSleepSeconds: number
  readonly maxReplicas: number
}

const TASK_SECONDS = 30
const SAMPLE_SECONDS = 10

interface Sample {
  readonly at: number
  readonly done: number
  /** Undefined where it could not be had. */
  readonly pending: number | undefined
}

export function numaflow(name: string, settings: NumaflowSettings): Scaler {
  let samples: Sample[] = []
  let scaledAt = Number.NEGATIVE_INFINITY
  const done = new Map<string, number>()
  return {
    name,
    decide: (view, replicas) => {
      const { now } = view
      if (now % SAMPLE_SECONDS === 0 && view.ready.length > 0) {
        for (const pod of view.ready) done.set(pod.name, pod.entriesDone)
        const total = [...done.values()].reduce((sum, entries) => sum + entries, 0)
        samples = [
          ...samples.filter(({ at }) => at >= now - settings.lookbackSeconds),
          { at: now, done: total, pending: pending(view) },
        ]
      }
      if (now % TASK_SECONDS !== 0) return replicas
      const next = decide(samples, view, replicas, now - scaledAt, settings)
      if (next !== replicas) scaledAt = now
      return next
    },
  }
}

function decide(
  samples: readonly Sample[],
  view: View,
  replicas: number,
  sinceScaled: number,
  settings: NumaflowSettings,
): number {
  if (replicas === 0) return sinceScaled >= settings.zeroReplicaSleepSeconds ? 1 : 0
  if (sinceScaled < settings.cooldownSeconds || view.ready.length === 0) return replicas
  const recent = samples.filter(({ at }) => at >= view.now - settings.lookbackSeconds)
  const wanted = wantedReplicas(rateOf(recent), averagePending(recent), view.ready.length, replicas, settings)
  const step = settings.replicasPerScale
  return Math.min(settings.maxReplicas, Math.max(replicas - step, Math.min(replicas + step, wanted)))
}

/** To get done what is pending within the target, if every replica that is ready does what they do on average. */
export function wantedReplicas(
  rate: number,
  waiting: number | undefined,
  ready: number,
  replicas: number,
  { targetProcessingSeconds }: Pick<NumaflowSettings, 'targetProcessingSeconds'>,
): number {
  if (waiting === undefined) return replicas
  if (rate === 0) return waiting === 0 ? 0 : replicas
  const wanted = Math.max(1, Math.round((waiting / rate / targetProcessingSeconds) * ready))
  return waiting > 0 ? Math.min(wanted, waiting) : wanted
}

/** Between complete samples: the newest may lack some pods and is left out. */
function rateOf(samples: readonly Sample[]): number {
  const [first, last] = [samples[0], samples.at(-2)]
  if (first === undefined || last === undefined || last.at === first.at) return 0
  return (last.done - first.done) / (last.at - first.at)
}

/** Undefined where the newest sample has none. */
function averagePending(samples: readonly Sample[]): number | undefined {
  if (samples.at(-1)?.pending === undefined) return undefined
  const known = samples.flatMap((sample) => sample.pending ?? [])
  return Math.round(known.reduce((sum, entries) => sum + entries, 0) / known.length)
}

/** Of those streams whose lag is known; undefined where none is. */
function pending(view: View): number | undefined {
  const known = view.look().flatMap(({ lag, pending }) => (lag === undefined ? [] : lag + pending))
  return known.length === 0 ? undefined : known.reduce((sum, entries) => sum + entries, 0)
}
