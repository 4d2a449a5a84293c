import { CAPACITY, MAX_REPLICAS } from '../load.ts'
import { hpaOnLag } from './hpa.ts'
import { keda } from './keda.ts'
import { numaflow } from './numaflow.ts'
import type { Scaler } from './scaler.ts'

/** Lag that a worker gets done in five seconds. Of 0.1 to 10 seconds it serves both peers best: with twice as much the target is missed for hours. */
const TUNED_LAG = 5 * CAPACITY

/** What users would take instead, each with the numbers of its documentation and with sensible ones for this pipeline. New ones for every run. */
export const PEERS: readonly (() => Scaler)[] = [
  () => hpaOnLag('HPA, as documented', { averageValue: 30, maxReplicas: MAX_REPLICAS }),
  () => hpaOnLag('HPA, tuned', { averageValue: TUNED_LAG, maxReplicas: MAX_REPLICAS }),
  () =>
    keda('KEDA, defaults', {
      pollingSeconds: 30,
      cooldownSeconds: 300,
      lagCount: 5,
      isSummed: false,
      maxReplicas: MAX_REPLICAS,
    }),
  () =>
    keda('KEDA, tuned', {
      pollingSeconds: 5,
      cooldownSeconds: 300,
      lagCount: TUNED_LAG,
      isSummed: true,
      maxReplicas: MAX_REPLICAS,
    }),
  () =>
    numaflow('Numaflow, defaults', {
      lookbackSeconds: 120,
      targetProcessingSeconds: 20,
      cooldownSeconds: 90,
      replicasPerScale: 2,
      zeroReplicaSleepSeconds: 120,
      maxReplicas: MAX_REPLICAS,
    }),
  () =>
    numaflow('Numaflow, tuned', {
      lookbackSeconds: 30,
      targetProcessingSeconds: 5,
      cooldownSeconds: 30,
      replicasPerScale: MAX_REPLICAS,
      zeroReplicaSleepSeconds: 30,
      maxReplicas: MAX_REPLICAS,
    }),
]
