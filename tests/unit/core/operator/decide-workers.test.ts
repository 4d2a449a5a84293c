import { describe, expect, test } from 'vitest'
import type { ScalingDecision } from '../../../../core/autoscaling/scaling-decision.ts'
import { EMPTY_MEMORY, type ScalingMemory } from '../../../../core/autoscaling/scaling-memory.ts'
import type { PipelineDecision } from '../../../../core/operator/decide-pipeline.ts'
import { isInSync } from '../../../../core/operator/in-sync.ts'
import type { Scaling } from '../../../../core/operator/observation.ts'
import type { ScalingMode } from '../../../../core/pipeline/spec.ts'
import { condition, desired, SPEC, World, workerPod } from './world.ts'

const INPUTS: ScalingDecision['inputs'] = {
  backlog: 0,
  backlogIs: 'exact',
  pending: 0,
  oldestEventAgeMs: null,
  arrivalsPerSecond: null,
  completionsPerSecond: null,
  capacityPerWorker: null,
  marks: 0,
  resolvableReferences: 0,
  overdueNextChanges: 0,
  ready: 1,
}

function scaling(decision: Partial<ScalingDecision>, memory: Partial<ScalingMemory> = {}): Scaling {
  const { replicas = 1 } = decision
  return {
    decision: {
      replicas,
      wanted: replicas,
      raw: null,
      reason: 'Steady',
      message: 'the workers keep up',
      inputs: INPUTS,
      ...decision,
    },
    memory: { ...EMPTY_MEMORY, ...memory },
  }
}

function scaled(mode: ScalingMode, workers: Partial<typeof SPEC.workers> = {}, suspend = false) {
  const scaling = { ...SPEC.workers.scaling, mode }
  return desired({ suspend, workers: { ...SPEC.workers, scaling, ...workers } })
}

function settled(mode: ScalingMode, workers: Partial<typeof SPEC.workers> = {}): World {
  const world = new World()
  world.asked = scaled(mode, workers)
  world.settle()
  return world
}

const replicasOf = (world: World) =>
  (world.the('Deployment', 'flights-worker')['spec'] as { replicas: number }).replicas

const eventsOf = ({ events }: PipelineDecision) => events.map(({ type, reason, note }) => `${type} ${reason}: ${note}`)

describe('how many workers there are', () => {
  test.each<[string, ScalingMode, Partial<typeof SPEC.workers>, Scaling | undefined, number]>([
    ['Off: as many as replicas says', 'Off', { replicas: 3 }, undefined, 3],
    ['External: as many as another scaler wrote', 'External', { replicas: 4 }, undefined, 4],
    ['Advisory: as many as replicas says', 'Advisory', { replicas: 2 }, scaling({ replicas: 2, wanted: 5 }), 2],
    ['Internal: as many as was decided', 'Internal', { replicas: 2 }, scaling({ replicas: 5 }), 5],
    ['Internal: none, if that was decided', 'Internal', {}, scaling({ replicas: 0 }), 0],
    ['Internal: one at first', 'Internal', { replicas: 3 }, undefined, 1],
  ])('%s', (_sentence, mode, workers, decided, expected) => {
    const world = settled(mode, workers)
    world.scaling = decided
    world.step()
    expect(replicasOf(world)).toBe(expected)
  })

  test('a new fleet begins with the fewest that are allowed', () => {
    const fewest = { ...SPEC.workers.scaling, mode: 'Internal', minReplicas: 3 } as const
    expect(replicasOf(settled('Internal', { scaling: fewest }))).toBe(3)
  })

  test('is left alone by a new operator that has not decided yet', () => {
    const world = settled('Internal')
    world.scaling = scaling({ replicas: 6 })
    world.step()
    world.scaling = undefined
    world.step()
    expect(replicasOf(world)).toBe(6)
  })

  test('is left to somebody else for a moment who does not leave off', () => {
    const world = settled('Internal')
    const contest = { atMs: [1, 2, 3], replicas: 5, by: null }
    world.scaling = scaling({ replicas: 6 }, { contest: { ...contest, isLeft: true } })
    world.step()
    expect(replicasOf(world)).toBe(1)
    world.scaling = scaling({ replicas: 6 }, { contest: { ...contest, isLeft: false } })
    world.step()
    expect(replicasOf(world)).toBe(6)
  })

  test('is none of a suspended pipeline, whatever was decided', () => {
    const world = settled('Internal')
    world.asked = scaled('Internal', {}, true)
    world.scaling = scaling({ replicas: 2, reason: 'HoldSuspended' })
    const { status, events } = world.step()
    expect(replicasOf(world)).toBe(0)
    expect(status.autoscaling).toMatchObject({ reason: 'HoldSuspended', replicas: 0 })
    expect(events.map(({ reason }) => reason)).not.toContain('ScaledToZero')
  })

  test('says nothing of itself in the part of the Deployment that is not the autoscaler’s, once it is there', () => {
    const world = new World()
    world.asked = scaled('Internal')
    world.step()
    for (const job of world.ofKind('Job')) world.finishJob(job.metadata.name)
    const deployment = ({ apply }: PipelineDecision) => apply.find(({ kind }) => kind === 'Deployment')
    expect(deployment(world.step())?.['spec']).toMatchObject({ replicas: 1 }) // or it would begin with one, whatever is wanted
    expect(deployment(world.step())?.['spec']).not.toHaveProperty('replicas')
    expect(isInSync(deployment(world.step())!, world.the('Deployment', 'flights-worker'))).toBe(true)
  })
})

describe('the status', () => {
  const NOW = '2026-03-01T12:00:00Z'
  const LATER = '2026-03-01T12:05:00.000Z'

  test('tells number, reason and figures', () => {
    const world = settled('Internal')
    world.scaling = scaling(
      {
        replicas: 4,
        raw: 4,
        reason: 'BacklogGrows',
        message: '12,400 entries wait',
        inputs: { ...INPUTS, arrivalsPerSecond: 1234.5 },
      },
      { capacity: { perWorker: 987.65, proven: null, share: 1 } },
    )
    expect(world.step(LATER).status.autoscaling).toEqual({
      mode: 'Internal',
      replicas: 4,
      wanted: 4,
      reason: 'BacklogGrows',
      message: '12,400 entries wait',
      decidedAt: '2026-03-01T12:05:00Z',
      lastScaleAt: '2026-03-01T12:05:00Z',
      arrivalsPerSecond: 1230,
      capacityPerWorker: 988,
    })
  })

  test('what workers that get little done are good for is little, and not nothing', () => {
    const world = settled('Internal')
    world.scaling = scaling(
      { inputs: { ...INPUTS, arrivalsPerSecond: 0.004 } },
      { capacity: { perWorker: 0.001234, proven: null, share: 1 } },
    )
    expect(world.step().status.autoscaling).toMatchObject({ arrivalsPerSecond: 0, capacityPerWorker: 0.00123 })
  })

  test('keeps its times while number and reason stay', () => {
    const world = settled('Internal')
    world.scaling = scaling({ replicas: 1 }, { idleSinceMs: Date.parse(NOW) })
    world.step()
    const { autoscaling } = world.step(LATER).status
    expect(autoscaling).toMatchObject({ decidedAt: NOW, idleSince: NOW })
    expect(autoscaling).not.toHaveProperty('lastScaleAt')
  })

  test.each<[string, ScalingMode, Scaling | undefined, string]>([
    ['Off', 'Off', undefined, 'As many workers as spec.workers.replicas says, for the mode is Off'],
    ['External', 'External', undefined, 'As many workers as another scaler writes into spec.workers.replicas'],
    [
      'Advisory, of another number',
      'Advisory',
      scaling({ replicas: 3, wanted: 5, message: 'much waits' }),
      'Mode Internal would ask for 5: much waits',
    ],
    [
      'Advisory, of the same',
      'Advisory',
      scaling({ replicas: 3, wanted: 3 }),
      'Mode Internal would leave it at 3: the workers keep up',
    ],
    [
      'Internal, of a number that somebody wrote',
      'Internal',
      scaling({ replicas: 2 }),
      'the workers keep up; spec.workers.replicas, 3, has no part in it while the mode is Internal',
    ],
    [
      'Internal, before anybody has looked',
      'Internal',
      undefined,
      'Nobody has looked at the backlog yet; spec.workers.replicas, 3, has no part in it while the mode is Internal',
    ],
  ])('says why in mode %s', (_what, mode, decided, message) => {
    const world = settled(mode, { replicas: 3 })
    world.scaling = decided
    expect(world.step().status.autoscaling).toMatchObject({ message })
  })

  test('a pipeline at zero is ready, and says why nothing runs', () => {
    const world = settled('Internal')
    world.scaling = scaling({ replicas: 0, reason: 'Idle', message: 'nothing to do since 11:55' })
    world.step()
    world.rollOut(0)
    const decision = world.step()
    for (const type of ['Ready', 'WorkersAvailable'] as const)
      expect(condition(decision, type)).toMatchObject({ status: 'True', reason: 'ScaledToZero' })
    expect(decision.status.workers).toBe('0/0')
  })

  test('stays ready while it wakes, and while more workers start', () => {
    const world = settled('Internal')
    world.scaling = scaling({ replicas: 0, reason: 'Idle' })
    world.step()
    world.rollOut(0)
    world.step()
    world.scaling = scaling({ replicas: 3, reason: 'Woken' })
    const waking = [world.step(), world.step()]
    for (const decision of waking)
      expect(condition(decision, 'Ready')).toMatchObject({ status: 'True', reason: 'Waking' })
    world.rollOut(1)
    const some = world.step()
    expect(condition(some, 'Ready')).toMatchObject({ status: 'True', reason: 'Available' })
    expect([...waking, some].flatMap(({ events }) => events).map(({ reason }) => reason)).toEqual(['Woken'])
  })

  test('is not ready while workers that were asked for fail', () => {
    const world = settled('Internal')
    world.pods = [
      workerPod('flights-worker-a', {
        containerStatuses: [{ ready: false, state: { waiting: { reason: 'ErrImagePull' } } }],
      }),
    ]
    world.scaling = scaling({ replicas: 3 })
    expect(condition(world.step(), 'Ready')).toMatchObject({ status: 'False', reason: 'ErrImagePull' })
  })

  test('a new fleet is not ready before one of its workers is', () => {
    const world = new World()
    world.asked = scaled('Internal')
    world.step()
    for (const job of world.ofKind('Job')) world.finishJob(job.metadata.name)
    world.step()
    expect(condition(world.step(), 'Ready')).toMatchObject({ status: 'False', reason: 'Starting' })
  })

  test.each<[ScalingDecision['reason'], 'True' | 'False', string]>([
    ['Steady', 'True', 'FollowsBacklog'],
    ['Stabilising', 'True', 'FollowsBacklog'],
    ['AtMaximum', 'True', 'AtMaximum'],
    ['HoldUnknown', 'False', 'HoldUnknown'],
    ['HoldFailing', 'False', 'HoldFailing'],
    ['ProgressStalled', 'False', 'ProgressStalled'],
  ])('%s shows in the condition ScalingActive', (reason, status, expected) => {
    const world = settled('Internal')
    world.scaling = scaling({ reason })
    expect(condition(world.step(), 'ScalingActive')).toMatchObject({ status, reason: expected })
  })

  test.each<ScalingMode>(['Off', 'External'])('there is no such condition in mode %s', (mode) => {
    expect(condition(settled(mode).step(), 'ScalingActive')).toBeUndefined()
  })
})

describe('events', () => {
  test.each([
    ['more', 1, 4, 'Normal ScaledUp: from 1 to 4 workers: the workers keep up'],
    ['fewer', 4, 2, 'Normal ScaledDown: from 4 to 2 workers: the workers keep up'],
    ['none', 2, 0, 'Normal ScaledToZero: from 2 to 0 workers: the workers keep up'],
    ['some after none', 0, 2, 'Normal Woken: from 0 to 2 workers: the workers keep up'],
  ])('one of %s', (_what, from, to, event) => {
    const world = settled('Internal')
    world.scaling = scaling({ replicas: from })
    world.step()
    world.scaling = scaling({ replicas: to })
    expect(eventsOf(world.step())).toContain(event)
    expect(eventsOf(world.step())).not.toContain(event)
  })

  test('one when the number is held, and one when it no longer is', () => {
    const world = settled('Internal')
    world.scaling = scaling({})
    world.step()
    world.scaling = scaling({ reason: 'HoldUnknown', message: 'the source does not answer' })
    expect(eventsOf(world.step())).toEqual(['Warning HoldUnknown: ScalingActive: the source does not answer'])
    expect(eventsOf(world.step())).toEqual([])
    world.scaling = scaling({})
    expect(eventsOf(world.step())).toEqual([expect.stringMatching(/^Normal FollowsBacklog: /)])
  })
})
