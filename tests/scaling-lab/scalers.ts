import { MAX_REPLICAS } from './load.ts'
import { fixed } from './scalers/fixed.ts'
import { PEERS } from './scalers/peers.ts'
import type { Scaler } from './scalers/scaler.ts'

/** In the order of the tables. */
export const SCALERS: readonly (() => Scaler)[] = [...PEERS, () => fixed(`always ${MAX_REPLICAS}`, MAX_REPLICAS)]

/** Those that are drawn, ours first. */
export const DRAWN_SCALERS: readonly string[] = ['HPA, tuned', 'KEDA, tuned', 'Numaflow, defaults']

export const SEED = 1
