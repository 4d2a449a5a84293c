import type { Batch, DeadLetter } from '../adapters/postgres/fact-store.ts'
import { encodeRawEntry } from '../adapters/postgres/raw-entry.ts'
import { type DecodedEntry, decodeEntry } from '../adapters/redis/entry-codec.ts'
import { isTooOld } from '../core/events/judge-age.ts'
import type { EventOutcome, EventParser, Fact, MarkRequest } from '../core/events/parse-event.ts'
import type { Rejection, RejectionReason } from '../core/events/rejection.ts'
import { isDeadly, type StreamEntry } from '../core/stream/entry.ts'
import { formatInstant, type Instant } from '../core/time/instant.ts'

export interface PrepareContext {
  readonly parse: EventParser
  readonly typeOfStream: ReadonlyMap<string, string>
  /** Facts dated before this instant are refused; undefined while the pipeline's as-of is unknown. */
  readonly oldestKept: Instant | undefined
  /** How far entries take their streams, and under which right. */
  readonly positionsOf: (entries: readonly StreamEntry[]) => BatchPositions
}

export type BatchPositions = Pick<Batch, 'consumer' | 'positions' | 'shards'>

/** A batch ready to be committed, with what its entries came to. */
export interface PreparedBatch {
  readonly entries: readonly StreamEntry[]
  readonly batch: Batch
  readonly ignored: number
  readonly rejections: ReadonlyMap<RejectionReason, number>
  /** Those of its entries whose events belong to recorded traces, in their order. */
  readonly traced: readonly StreamEntry[]
}

const NONE_TRACED: readonly StreamEntry[] = []

/** Decodes, validates and sorts entries into facts, marks and dead letters, each entry on its own. Never throws on bad input. */
export function prepareBatch(
  entries: readonly StreamEntry[],
  context: PrepareContext,
  traced = NONE_TRACED,
): PreparedBatch {
  const facts: Fact[] = []
  const marks: MarkRequest[] = []
  const tracedEvents: (Fact | MarkRequest)[] = []
  const deadLetters: DeadLetter[] = []
  const rejections = new Map<RejectionReason, number>()
  let [ignored, followed] = [0, 0] // of the traced, one after the other: to look each entry up in a set would cost more than all of its trace
  for (const entry of entries) {
    const decoded = decode(entry, context)
    const outcome = judge(decoded, context)
    if (outcome.kind === 'fact') facts.push(outcome.fact)
    else if (outcome.kind === 'mark') marks.push(outcome.mark)
    else if (outcome.kind === 'ignored') ignored += 1
    else {
      deadLetters.push(deadLetter(entry, decoded, outcome.rejection))
      rejections.set(outcome.rejection.reason, (rejections.get(outcome.rejection.reason) ?? 0) + 1)
    }
    if (entry !== traced[followed]) continue
    followed += 1
    if (outcome.kind === 'fact') tracedEvents.push(outcome.fact)
    else if (outcome.kind === 'mark') tracedEvents.push(outcome.mark)
  }
  const batch = { facts, marks, deadLetters, traced: tracedEvents, ...context.positionsOf(entries) }
  return { entries, batch, ignored, rejections, traced }
}

/** The same for a part of a batch that was prepared as a whole. */
export function prepareRest(
  entries: readonly StreamEntry[],
  context: PrepareContext,
  { traced }: PreparedBatch,
): PreparedBatch {
  const left = new Set(entries)
  const tracedLeft = traced.filter((entry) => left.has(entry))
  return prepareBatch(entries, context, tracedLeft)
}

/** The batch of one entry that the database refused: a dead letter, and its position. */
export function rejectEntry(entry: StreamEntry, rejection: Rejection, context: PrepareContext): PreparedBatch {
  const decoded = decode(entry, context)
  const batch = {
    facts: [],
    marks: [],
    deadLetters: [deadLetter(entry, decoded, rejection)],
    ...context.positionsOf([entry]),
  }
  return { entries: [entry], batch, ignored: 0, rejections: new Map([[rejection.reason, 1]]), traced: NONE_TRACED }
}

/** An entry that may be deadly is not even decoded: that could be what it ends its process by. */
function decode(entry: StreamEntry, { typeOfStream }: PrepareContext): DecodedEntry {
  if (!isDeadly(entry)) return decodeEntry(entry, typeOfStream)
  return {
    rejection: { reason: 'kills-the-worker', details: [`delivered ${entry.attempts} times and never acknowledged`] },
  }
}

function judge(decoded: DecodedEntry, { parse, oldestKept }: PrepareContext): EventOutcome {
  if ('rejection' in decoded) return { kind: 'rejected', rejection: decoded.rejection }
  const outcome = parse(decoded.event)
  if (outcome.kind !== 'fact' || oldestKept === undefined || !isTooOld(outcome.fact, oldestKept)) return outcome
  return rejected(
    'too-old',
    `dated ${formatInstant(outcome.fact.at as Instant)}, before ${formatInstant(oldestKept)}: no window reaches back that far`,
  )
}

function rejected(reason: RejectionReason, detail: string): EventOutcome {
  return { kind: 'rejected', rejection: { reason, details: [detail] } }
}

function deadLetter(entry: StreamEntry, decoded: DecodedEntry, rejection: Rejection): DeadLetter {
  return {
    stream: entry.stream,
    entryId: entry.id,
    eventType: 'event' in decoded ? (decoded.event.type ?? null) : null,
    rejection,
    raw: encodeRawEntry(entry),
    attempts: entry.attempts,
  }
}
