import { lasting } from '../autoscaling/wording.ts'
import { isAlive } from '../signals/is-alive.ts'
import type {
  AggregationSignals,
  DatabaseSignals,
  PipelineSignals,
  SourceSignals,
  Unreachable,
} from '../signals/pipeline-signals.ts'
import { donePerSecond, type ReadingMemory, recentFreshness } from './fold-readings.ts'
import type { AggregationFacts, Backlog, MemberFacts, StreamFacts, TopFacts } from './top-facts.ts'

/** What the signals of a pipeline and its workers' own metrics say. */
export type SeenFacts = Omit<TopFacts, 'pipeline' | 'place' | 'at' | 'scaling' | 'workers'> & {
  readonly members: readonly MemberFacts[]
}

export function factsOfSignals({ source, database, load }: PipelineSignals, read: ReadingMemory): SeenFacts {
  const [streams, tables] = [seen(source), seen(database)]
  const known = tables?.migrated === true ? tables : undefined
  const members = membersOf(known, read)
  return {
    eventsPerSecond:
      donePerSecond(read) ?? (members.length === 0 && known !== undefined ? 0 : load.completionsPerSecond),
    arrivalsPerSecond: load.arrivalsPerSecond,
    backlog: streams === undefined ? null : backlogOf(streams),
    freshness: recentFreshness(read) ?? null,
    work: known === undefined ? null : workOf(known),
    entities: known?.entities ?? null,
    deadLetters: known?.deadLetters ?? null,
    members,
    composite: known?.composites.map(({ scope, value, ageMs }) => ({ scope, value, ageMs })) ?? null,
    aggregation: known === undefined ? null : aggregationOf(known.lastAggregation),
    streams: streams === undefined ? null : streamsOf(streams, known),
    notes: [
      ...('unreachable' in source ? [`the streams cannot be seen: ${source.unreachable}`] : []),
      ...('unreachable' in database ? [`the database cannot be seen: ${database.unreachable}`] : []),
      ...(tables?.migrated === false ? ['the database is not migrated yet'] : []),
      ...(known?.streamFaults ?? []).map(
        ({ stream, kind, detail }) => `entries are lost to this pipeline: ${stream} ${kind}, ${detail}`,
      ),
    ],
  }
}

function seen<Signals extends object>(part: Signals | Unreachable): Signals | undefined {
  return 'unreachable' in part ? undefined : part
}

function backlogOf({ backlog, backlogIs, pending, oldestEventAgeMs }: SourceSignals): Backlog | null {
  if (backlog === null) return null
  return {
    entries: backlog,
    is: backlogIs,
    pending,
    oldest: oldestEventAgeMs === null ? null : lasting(oldestEventAgeMs),
  }
}

function workOf({ marks, oldestMarkAgeMs, unresolvedReferences }: DatabaseSignals): TopFacts['work'] {
  return { marks, oldestMarkAgeMs, unresolvedReferences }
}

/** Those that live by what the database says, and those that answer. What each does it says itself. */
function membersOf(database: DatabaseSignals | undefined, { perSecond }: ReadingMemory): readonly MemberFacts[] {
  const { members = [], shards = [] } = database ?? {}
  const names = new Set([...perSecond.keys(), ...members.filter(isAlive).map(({ name }) => name)])
  return [...names].toSorted().map((name) => ({
    name,
    eventsPerSecond: perSecond.get(name) ?? null,
    shards: shards.length === 0 ? null : shards.filter(({ owner }) => owner === name).length,
  }))
}

function aggregationOf(last: AggregationSignals | null): AggregationFacts | 'never' {
  if (last === null) return 'never'
  const { day, state, finishedAt, successful, failed, compared, mismatches } = last
  return {
    day,
    state,
    finishedAt,
    entities: successful,
    failures: failed,
    parity: compared === null || mismatches === null ? null : { compared, mismatches },
  }
}

function streamsOf({ streams }: SourceSignals, database: DatabaseSignals | undefined): readonly StreamFacts[] {
  const owners = new Map((database?.shards ?? []).map(({ stream, owner }) => [stream, owner]))
  return streams.map(({ stream, backlog, pending }) => {
    const owner = owners.get(stream)
    return { stream, backlog, pending, ...(owner === undefined ? {} : { owner }) }
  })
}
