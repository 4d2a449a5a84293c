import type { NotedRules } from '../../adapters/postgres/composite-store.ts'
import type { CompositeRules } from '../../core/composite/composite-rules.ts'
import type { CompositeSettings } from '../../core/composite/composite-settings.ts'

/** Rules that nobody has noted: older than any. */
export const UNNOTED: NotedRules = { fingerprint: 'nobody’s', maxStaleMs: 3_600_000 }

/** A formula that no calculation goes by. */
export function rulesOf(
  settings: CompositeSettings,
  { revision = 1, historyLimit = 1_000 }: { readonly revision?: number; readonly historyLimit?: number } = {},
): CompositeRules {
  const formula = {
    name: 'score',
    over: 'Facts',
    inputs: {},
    weights: {},
    score: [],
    decimals: 2,
    sample: 'orders',
  } as const
  return { revision, formula, wanted: { settings, weights: {}, historyLimit } }
}
