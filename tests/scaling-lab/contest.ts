import type { Load } from './load.ts'
import { type Outcome, runLoad } from './run-load.ts'
import type { Scaler } from './scalers/scaler.ts'

/** How each scaler, by its name, did under one load. */
export interface Result {
  readonly load: Load
  readonly outcomes: ReadonlyMap<string, Outcome>
}

/** All scalers under all loads: a scaler of its own for each, and the same arrivals for all. */
export function contest(loads: readonly Load[], scalers: readonly (() => Scaler)[], seed: number): readonly Result[] {
  return loads.map((load) => ({
    load,
    outcomes: new Map(
      scalers.map((create) => {
        const scaler = create()
        return [scaler.name, runLoad(load, scaler, seed)]
      }),
    ),
  }))
}
