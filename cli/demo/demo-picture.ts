import { grouped } from '../../core/autoscaling/wording.ts'
import type { MetricSet } from '../../core/metric-sets/metric-set.ts'
import type { Block } from '../../core/top/screen.ts'
import type { TopFacts } from '../../core/top/top-facts.ts'
import { topLine } from '../../core/top/top-line.ts'
import { topScreen } from '../../core/top/top-screen.ts'
import type { Picture } from '../top/live-view.ts'
import { type TierChange, watchedWindow } from './tier-watch.ts'

export interface DemoState {
  readonly phase: string
  readonly published: number
  /** Whether what is published happened long ago. */
  readonly isHistory: boolean
  readonly tiers: ReadonlyMap<string, number>
  /** The newest first. */
  readonly changes: readonly TierChange[]
}

const CHANGES_SHOWN = 8

/** What `mp top` shows of the pipeline, with what the demonstration does to it and which tiers change by that. */
export function demoPicture(facts: TopFacts, state: DemoState, set: MetricSet): Picture {
  const { phase, published, isHistory, changes } = state
  const [change] = changes
  return {
    screen: (room) =>
      topScreen(facts, room, {
        headline: phase,
        hidesFreshness: isHistory,
        figures: [{ name: 'Published', value: grouped(published) }],
        blocks: [{ text: tierText(state.tiers, set), tone: 'plain' }, changeTable(changes, set)],
      }),
    line: () =>
      topLine(facts, {
        first: [phase, `${grouped(published)} published`],
        hidesFreshness: isHistory,
        last: change === undefined ? [] : [`${change.entity}: ${change.from} -> ${change.to}`],
      }),
  }
}

function tierText(tiers: ReadonlyMap<string, number>, set: MetricSet): string {
  const counts = [...tiers].map(([tier, count]) => `${tier} ${count}`).join('   ')
  return counts === '' ? '' : `Tiers over ${watchedWindow(set)} days: ${counts}`
}

function changeTable(changes: readonly TierChange[], { entity }: MetricSet): Block {
  const names = Object.keys(changes[0]?.metrics ?? {})
  return {
    head: [entity, 'tier', ...names].map((title) => title.toUpperCase()),
    rows: changes
      .slice(0, CHANGES_SHOWN)
      .map((change) => [
        change.entity,
        `${change.from} -> ${change.to}`,
        ...Object.values(change.metrics).map((value) => value ?? 'none'),
      ]),
  }
}
