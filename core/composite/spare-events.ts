import type { CompositeSettings } from './composite-settings.ts'
import { staleAfterMs } from './margin.ts'

/** Of a core. */
const MOST_SHARE = 0.01

/**
 * The settings under which events, which make a result due before it is old, ask for no more of a core than a hundredth: where that many
 * calculations would take more, the shortest interval is a longer one. A result that gets old is replaced whatever it takes.
 * `tookMs`: how long the last calculations of all scopes took, together.
 */
export function sparingEvents(settings: CompositeSettings, tookMs: number): CompositeSettings {
  const { strategy, minIntervalMs } = settings
  if (strategy === 'TimeBased' || strategy === 'Background') return settings
  return { ...settings, minIntervalMs: Math.max(minIntervalMs, sparingMs(settings, tookMs)) }
}

/** For how long events are to ask for nothing after calculations that took so long together. */
export function sparingMs(settings: Pick<CompositeSettings, 'maxStaleMs'>, tookMs: number): number {
  return Math.min(Math.ceil(tookMs / MOST_SHARE), staleAfterMs(settings))
}
