import type { TopFacts } from '../../core/top/top-facts.ts'

/** Where what is known of a pipeline comes from. Throws where not even its name leads anywhere. */
export interface TopSource {
  look(stop: AbortSignal): Promise<TopFacts>
  close(): Promise<void>
}
