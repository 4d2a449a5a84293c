import { MAX_REPLICAS } from './load.ts'
import { fixed } from './scalers/fixed.ts'
import { kedaOnDemand } from './scalers/keda-on-demand.ts'
import { ours } from './scalers/ours.ts'
import { PEERS } from './scalers/peers.ts'
import type { Scaler } from './scalers/scaler.ts'

export const OURS = 'Internal'

/** Another's decisions on our signals. */
export const EXTERNAL = 'External, by KEDA'

/** In the order of the tables. */
export const SCALERS: readonly (() => Scaler)[] = [
  () => ours(OURS),
  () => kedaOnDemand(EXTERNAL),
  ...PEERS,
  () => fixed(`always ${MAX_REPLICAS}`, MAX_REPLICAS),
]

/** Those that are drawn, ours first. */
export const DRAWN_SCALERS: readonly string[] = [OURS, 'KEDA, tuned', 'Numaflow, tuned']

export const SEED = 1
