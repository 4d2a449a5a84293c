import type { Result } from '../contest.ts'
import { DRAWN_SCALERS } from '../scalers.ts'
import { plot } from './plot.ts'

export const PLOTS = 'docs/autoscaling'

const DRAWN_LOADS: readonly string[] = ['step', 'daily wave', 'spike train', 'lag unknown']

/** The plots of the page, by the names of their files. */
export function plotsOf(results: readonly Result[]): readonly (readonly [name: string, svg: string])[] {
  return results
    .filter(({ load }) => DRAWN_LOADS.includes(load.name))
    .map((result) => [`${result.load.name.replaceAll(' ', '-')}.svg`, plot(result, DRAWN_SCALERS)])
}
