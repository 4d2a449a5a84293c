import { wait } from '../../../adapters/process/wait.ts'
import type { ApiObject } from './api-client.ts'

/** How often what is awaited is asked for besides its period: the kubelet, too, asks a pod that is not ready more often than it was told. */
const IMPATIENT_MS = 250
const PERIOD_SECONDS = 10

export interface ProbeLoop {
  readonly probe: ApiObject
  readonly ask: () => Promise<boolean>
  /** Success is awaited, by a startup or readiness probe: ask more often until it comes. Failures count once a period all the same. */
  readonly awaitsSuccess: boolean
  /** Told when enough answers in a row say so; again with every further one. */
  readonly judged: (healthy: boolean) => void
  readonly signal: AbortSignal
}

/** Asks until `signal`. */
export async function runProbe({ probe, ask, awaitsSuccess, judged, signal }: ProbeLoop): Promise<void> {
  const periodMs = (probe['periodSeconds'] ?? PERIOD_SECONDS) * 1_000
  const { successThreshold = 1, failureThreshold = 3, initialDelaySeconds = 0 } = probe
  let successes = 0
  let failures = 0
  let countedAt = Number.NEGATIVE_INFINITY
  await wait(initialDelaySeconds * 1_000, signal)
  while (!signal.aborted) {
    const healthy = await ask()
    if (signal.aborted) return
    if (healthy) {
      successes += 1
      failures = 0
      if (successes >= successThreshold) judged(true)
    } else {
      successes = 0
      const now = performance.now()
      if (now - countedAt >= periodMs) {
        countedAt = now
        failures += 1
      }
      if (failures >= failureThreshold) judged(false)
    }
    await wait(awaitsSuccess && !healthy ? Math.min(IMPATIENT_MS, periodMs) : periodMs, signal)
  }
}
