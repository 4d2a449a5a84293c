import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Decided, decideReplicas } from '../../../../core/autoscaling/decide-replicas.ts'
import type { ScalingInput } from '../../../../core/autoscaling/scaling-input.ts'
import { EMPTY_MEMORY, type ScalingMemory } from '../../../../core/autoscaling/scaling-memory.ts'
import { asked, type Change, membersDone, NOW, SETTINGS, streamOf } from './asked.ts'

const often = <T>(usual: T, other: fc.Arbitrary<T>) => fc.oneof({ weight: 2, arbitrary: fc.constant(usual) }, other)
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 6 })

const bounds = fc
  .tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 1, max: 64 }))
  .map(([least, most]) => ({ minReplicas: Math.min(least, most), maxReplicas: most }))

const ceilings = fc.record({
  shards: fc.option(fc.integer({ min: 1, max: 64 }), { nil: undefined }),
  connections: fc.integer({ min: 1, max: 64 }),
})

/** A look at any pipeline: all that can be unknown may be, and nothing need fit together. */
const look: fc.Arbitrary<Change> = fc.record({
  source: fc.oneof(
    { weight: 1, arbitrary: fc.constant({ unreachable: 'refused' }) },
    {
      weight: 12,
      arbitrary: fc.record({
        backlog: maybe(often(0, fc.integer({ min: 0, max: 1_000_000 }))),
        backlogIs: fc.constantFrom('exact' as const, 'at-least' as const, 'estimated' as const),
        pending: often(0, fc.nat(2_000)),
        oldestEventAgeMs: maybe(fc.nat(300_000)),
        isDrained: maybe(fc.boolean()),
        streams: fc
          .array(fc.nat(10_000), { minLength: 1, maxLength: 8 })
          .map((waiting) => waiting.map((n, i) => streamOf(`orders:{${i}}`, n))),
      }),
    },
  ),
  database: fc.oneof(
    { weight: 1, arbitrary: fc.constant({ unreachable: 'refused' }) },
    {
      weight: 12,
      arbitrary: fc.record({
        migrated: often(true, fc.boolean()),
        marks: often(0, fc.nat(100)),
        resolvableReferences: often(0, fc.nat(3)),
        overdueNextChanges: often(0, fc.nat(3)),
        members: fc.constantFrom(undefined, null, 7, 8).map((done) => (done === undefined ? [] : membersDone(done))),
        awaitedRevision: often<number | null>(null, fc.constant(2)),
      }),
    },
  ),
  load: fc.record({
    arrivalsPerSecond: maybe(often(0, fc.double({ min: 0, max: 100_000, noNaN: true }))),
    completionsPerSecond: maybe(fc.double({ min: 0, max: 100_000, noNaN: true })),
    capacityPerWorker: maybe(fc.double({ min: 0, max: 20_000, noNaN: true })),
  }),
  fleet: fc.record({
    ready: fc.nat(8),
    isRollingOut: often(false, fc.boolean()),
    isSuspended: fc.constant(false),
    failing: fc.option(fc.constant('CrashLoopBackOff'), { nil: undefined, freq: 6 }),
  }),
})

const scene = fc.record({
  bounds,
  ceilings,
  looks: fc.array(fc.tuple(look, fc.integer({ min: 1, max: 400 })), { maxLength: 40 }),
  start: fc.nat(12),
})

/** Decides on one look after the other, each so many seconds after the one before, and asks for what was decided. */
function decideAll(
  { bounds, ceilings, looks, start }: typeof scene extends fc.Arbitrary<infer T> ? T : never,
  check: (input: ScalingInput, decided: Decided & { decision: object }) => void,
): void {
  let memory: ScalingMemory = EMPTY_MEMORY
  let replicas = start
  let nowMs = NOW
  for (const [change, seconds] of looks) {
    nowMs += seconds * 1_000
    const input = asked({
      ...change,
      nowMs,
      memory,
      ceilings,
      settings: { ...bounds, idleAfterMs: 60_000 },
      fleet: { ...change.fleet, replicas },
    })
    const decided = decideReplicas(input)
    check(input, decided as Decided & { decision: object })
    memory = decided.memory
    replicas = decided.decision!.replicas
  }
}

function roomIn({ settings, ceilings }: ScalingInput) {
  const most = Math.min(settings.maxReplicas, ceilings.connections, ceilings.shards ?? 64)
  return { least: Math.min(settings.minReplicas, most), most }
}

function isUnknown({ signals }: ScalingInput): boolean {
  if (signals === undefined || 'unreachable' in signals.source || 'unreachable' in signals.database) return true
  return signals.source.backlog === null || !signals.database.migrated
}

function isCertainlyNothing({ signals }: ScalingInput): boolean {
  if (signals === undefined || 'unreachable' in signals.source || 'unreachable' in signals.database) return false
  const { source, database } = signals
  const left = database.marks + database.resolvableReferences + (database.overdueNextChanges ?? 0)
  return (
    database.awaitedRevision === null &&
    database.migrated &&
    source.isDrained === true &&
    source.backlog !== null &&
    left === 0
  )
}

const RUNS = { numRuns: 2_000 }

test('whatever is seen, the number stays between the least and the most', () => {
  fc.assert(
    fc.property(scene, (each) =>
      decideAll(each, (input, { decision }) => {
        const { least, most } = roomIn(input)
        expect(decision!.replicas).toBeGreaterThanOrEqual(least)
        expect(decision!.replicas).toBeLessThanOrEqual(most)
      }),
    ),
    RUNS,
  )
})

test('workers are taken to none only when there is certainly nothing to do', () => {
  fc.assert(
    fc.property(scene, (each) =>
      decideAll(each, (input, { decision }) => {
        if (input.fleet.replicas > 0 && decision!.replicas === 0) expect(isCertainlyNothing(input)).toBe(true)
      }),
    ),
    RUNS,
  )
})

test('what is unknown takes no worker away that there is room for', () => {
  fc.assert(
    fc.property(scene, (each) =>
      decideAll(each, (input, { decision }) => {
        if (!isUnknown(input)) return
        expect(decision!.replicas).toBeGreaterThanOrEqual(Math.min(input.fleet.replicas, roomIn(input).most))
      }),
    ),
    RUNS,
  )
})

test('work that is certain never meets no workers for longer than one decision', () => {
  fc.assert(
    fc.property(scene, (each) =>
      decideAll(each, (input, { decision }) => {
        const { signals } = input
        if (isUnknown(input) || signals === undefined || 'unreachable' in signals.database) return
        if (signals.database.marks > 0) expect(decision!.replicas).toBeGreaterThan(0)
      }),
    ),
    RUNS,
  )
})

test('a failing fleet is not made larger, unless the spec asks for it or there is none', () => {
  fc.assert(
    fc.property(scene, (each) =>
      decideAll(each, (input, { decision }) => {
        const { replicas, failing } = input.fleet
        if (failing === undefined || replicas === 0) return
        expect(decision!.replicas).toBeLessThanOrEqual(Math.max(replicas, roomIn(input).least))
      }),
    ),
    RUNS,
  )
})

test('memory stays small, and means the same after a way through JSON', () => {
  fc.assert(
    fc.property(scene, (each) =>
      decideAll(each, (input, { decision, memory }) => {
        const text = JSON.stringify(input.memory)
        expect(text.length).toBeLessThan(6_000)
        expect(decideReplicas({ ...input, memory: JSON.parse(text) as ScalingMemory })).toEqual({ decision, memory })
      }),
    ),
    RUNS,
  )
})

const flow = fc.record({
  backlog: fc.nat(500_000),
  arrivalsPerSecond: fc.integer({ min: 0, max: 50_000 }),
  capacityPerWorker: fc.integer({ min: 200, max: 20_000 }),
  shards: fc.option(fc.integer({ min: 1, max: 64 }), { nil: undefined }),
  replicas: fc.integer({ min: 1, max: 64 }),
})

type Flow = typeof flow extends fc.Arbitrary<infer T> ? T : never

/** What comes in is spread evenly, and the fleet is as large as asked for by the next decision. */
function after(ticks: number, { backlog, arrivalsPerSecond, capacityPerWorker, shards, replicas }: Flow): number {
  const count = shards ?? 1
  let memory: ScalingMemory = EMPTY_MEMORY
  let fleet = Math.min(replicas, shards ?? replicas)
  for (let tick = 0; tick < ticks; tick += 1) {
    const decided = decideReplicas(
      asked({
        nowMs: NOW + tick * 5_000,
        settings: { ...SETTINGS, maxReplicas: 64 },
        ceilings: { shards, connections: 64 },
        source: {
          backlog,
          oldestEventAgeMs: backlog === 0 ? null : 10_000,
          streams: Array.from({ length: count }, (_, shard) => streamOf(`orders:{${shard}}`, backlog / count)),
        },
        load: { arrivalsPerSecond, completionsPerSecond: arrivalsPerSecond, capacityPerWorker },
        fleet: { replicas: fleet, ready: fleet },
        memory,
      }),
    )
    fleet = decided.decision!.replicas
    memory = decided.memory
  }
  return fleet
}

test('a step in load is answered within three decisions when it is known what a worker gets done', () => {
  fc.assert(
    fc.property(flow, (each) => {
      expect(after(8, each)).toBe(after(3, each))
    }),
    RUNS,
  )
})

test('more to do never means fewer workers', () => {
  fc.assert(
    fc.property(flow, fc.nat(500_000), fc.nat(20_000), (each, backlog, arrivals) => {
      const more = { ...each, backlog: each.backlog + backlog, arrivalsPerSecond: each.arrivalsPerSecond + arrivals }
      expect(after(1, more)).toBeGreaterThanOrEqual(after(1, each))
    }),
    RUNS,
  )
})

test('a worker more would not help where one fewer divides the shards as well', () => {
  fc.assert(
    fc.property(flow, (each) => {
      const { shards } = each
      const workers = after(3, each)
      if (shards === undefined || workers < 2 || workers <= each.replicas) return
      expect(Math.ceil(shards / (workers - 1))).toBeGreaterThan(Math.ceil(shards / workers))
    }),
    RUNS,
  )
})
