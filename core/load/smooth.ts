/** An average in which what was `overMs` ago has a third of the weight of now, whatever the times between samples. */
export function smooth(average: number | null, sample: number, { sinceMs, overMs }: Pace): number {
  return average === null ? sample : average + (sample - average) * (1 - Math.exp(-sinceMs / overMs))
}

export interface Pace {
  /** How long the sample took. */
  readonly sinceMs: number
  readonly overMs: number
}
