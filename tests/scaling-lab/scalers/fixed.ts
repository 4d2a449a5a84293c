import type { Scaler } from './scaler.ts'

/** No autoscaler at all. With as many as there may be it shows what no number of replicas helps against. */
export function fixed(name: string, replicas: number): Scaler {
  return { name, decide: () => replicas }
}
