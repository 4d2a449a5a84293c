import { grouped } from '../autoscaling/wording.ts'
import { PIPELINE_SCOPE } from '../composite/composite-scopes.ts'
import { type Block, type Figure, layOut, type Room, type ScreenLine } from './screen.ts'
import type { MemberFacts, StreamFacts, TopFacts } from './top-facts.ts'
import * as words from './top-words.ts'

/** What else is to be seen beside the pipeline, such as what a demonstration does to it. */
export interface Beside {
  /** What goes on, in place of where. */
  readonly headline?: string
  /** Events of long ago that are published now come to their rows as late as they are old: nobody wants to know. */
  readonly hidesFreshness?: boolean
  readonly figures?: readonly Figure[]
  /** Below everything else. */
  readonly blocks?: readonly Block[]
}

/** All that is known of a pipeline, for a terminal of this size. */
export function topScreen(facts: TopFacts, room: Room, beside: Beside = {}): readonly ScreenLine[] {
  const { headline, hidesFreshness = false, figures = [], blocks = [] } = beside
  return layOut(
    [
      { text: [facts.pipeline, headline ?? facts.place, `${facts.at.slice(11, 19)}Z`].join('   '), tone: 'title' },
      { figures: [...figures, ...figuresOf(facts, hidesFreshness)] },
      ...facts.notes.map((text): Block => ({ text, tone: 'bad' })),
      memberTable(facts.workers.members),
      streamTable(facts.streams ?? []),
      ...blocks,
    ],
    room,
  )
}

function figuresOf(facts: TopFacts, hidesFreshness: boolean): readonly Figure[] {
  const { backlog, freshness, work, deadLetters, workers, scaling, composite, aggregation } = facts
  return [
    told('Throughput', words.throughput(facts)),
    told('Backlog', words.backlog(backlog)),
    ...(hidesFreshness ? [] : [told('Freshness', words.freshness(freshness))]),
    told('Dirty', words.dirty(work)),
    told('Rows', facts.entities === null ? words.UNKNOWN : grouped(facts.entities)),
    told('Dead letters', words.deadLetters(deadLetters), words.countDeadLetters(deadLetters) ? 'bad' : 'plain'),
    told('Workers', words.workers(workers)),
    ...(scaling === null ? [] : [told('Scaling', `${scaling.mode}, ${scaling.reason}: ${scaling.message}`)]),
    ...(composite ?? []).map((each) =>
      told(each.scope === PIPELINE_SCOPE ? 'Composite' : `Composite ${each.scope}`, words.composite(each)),
    ),
    told('Aggregation', words.aggregation(aggregation), isAmiss(aggregation) ? 'bad' : 'plain'),
  ]
}

function told(name: string, value: string, tone: Figure['tone'] = 'plain'): Figure {
  return { name, value, tone: value.startsWith(words.UNKNOWN) ? 'dim' : tone }
}

function isAmiss(last: TopFacts['aggregation']): boolean {
  if (last === null || last === 'never') return false
  return last.state === 'failed' || last.failures > 0 || (last.parity?.mismatches ?? 0) > 0
}

function memberTable(members: readonly MemberFacts[]): Block {
  const hasShards = members.some(({ shards }) => shards !== null)
  return {
    head: ['WORKER', 'EVENTS/S', ...(hasShards ? ['SHARDS'] : [])],
    rows: members.map(({ name, eventsPerSecond, shards }) => [
      name,
      eventsPerSecond === null ? words.UNKNOWN : words.perSecond(eventsPerSecond),
      ...(hasShards ? [shards === null ? words.UNKNOWN : String(shards)] : []),
    ]),
  }
}

/** Those on which most waits first, for all of them may not fit. */
function streamTable(streams: readonly StreamFacts[]): Block {
  const hasOwners = streams.some(({ owner }) => owner !== undefined)
  const known = (count: number | null) => (count === null ? words.UNKNOWN : grouped(count))
  return {
    head: ['STREAM', 'BACKLOG', 'PENDING', ...(hasOwners ? ['OWNER'] : [])],
    rows: streams
      .toSorted((a, b) => (b.backlog ?? 0) - (a.backlog ?? 0))
      .map(({ stream, backlog, pending, owner }) => [
        stream,
        known(backlog),
        known(pending),
        ...(hasOwners ? [owner ?? 'nobody'] : []),
      ]),
  }
}
