import { expect, test } from 'vitest'
import { systemClock } from '../../../adapters/process/system-clock.ts'
import { OperatorMetrics } from '../../../adapters/telemetry/operator-metrics.ts'
import { UNKNOWN_LOAD } from '../../../core/load/unknown-load.ts'
import type { KubernetesObject } from '../../../core/operator/kubernetes-object.ts'
import { revision } from '../../../core/operator/objects/revision.ts'
import type { Clock } from '../../../core/time/clock.ts'
import { MICROS_PER_MILLISECOND } from '../../../core/time/instant.ts'
import { Autoscaler } from '../../../operator/autoscaler.ts'
import { type Known, Sighting } from '../../../operator/sighting.ts'
import { desired, OWNER, SPEC, signals } from '../core/operator/world.ts'

const NOTHING: Known = { signals: undefined, trouble: undefined }

/** The pipeline's object in a mode, once its plan is in force. */
function pipelineIn(mode: string): KubernetesObject {
  const spec = { ...SPEC, workers: { ...SPEC.workers, scaling: { ...SPEC.workers.scaling, mode } } }
  const { name, namespace, uid } = OWNER
  return {
    apiVersion: 'metricspipelines.io/v1alpha1',
    kind: 'MetricsPipeline',
    metadata: { name, namespace, uid },
    spec,
  }
}

function autoscaler(
  clock: Clock = systemClock,
  seen: { known: Known } = { known: new Sighting(signals()) },
  metrics = new OperatorMetrics(),
) {
  return new Autoscaler({
    view: { objectsOf: () => [revision(desired(), 1)], podsOf: () => [] },
    signals: { known: () => seen.known },
    image: 'example/metrics:1',
    clock,
    metrics,
  })
}

test('what was decided counts no more from the moment on that the mode leaves it to others', () => {
  const deciding = autoscaler()
  expect(deciding.decide(pipelineIn('Internal'))).toBe(true)
  expect(deciding.of(pipelineIn('Internal'))).toBeDefined()
  expect(deciding.of(pipelineIn('External'))).toBeUndefined()
  expect(deciding.of(pipelineIn('Off'))).toBeUndefined()
})

test('a pipeline that is deleted and made anew inherits nothing from the one before', () => {
  const deciding = autoscaler()
  const before = pipelineIn('Internal')
  const anew = { ...before, metadata: { ...before.metadata, uid: 'another' } }
  deciding.decide(before)
  expect(deciding.of(anew)).toBeUndefined()
  deciding.decide(anew) // which has no plan in force yet
  expect(deciding.hasDecided(before)).toBe(false)
})

test('that nothing is known for a moment is told once it has lasted', () => {
  const clock = { nowMs: 0, monotonicMs: () => clock.nowMs, now: () => clock.nowMs * MICROS_PER_MILLISECOND }
  const known = new Sighting({ ...signals(), load: { ...UNKNOWN_LOAD, arrivalsPerSecond: 0 } })
  const seen: { known: Known } = { known }
  const deciding = autoscaler(clock, seen)
  const object = pipelineIn('Internal')
  const decideAt = (second: number) => {
    clock.nowMs = second * 1_000
    return { isNews: deciding.decide(object), reason: deciding.of(object)?.decision.reason }
  }
  const { reason: before } = decideAt(0)
  seen.known = NOTHING
  expect([1, 5, 10.9].map(decideAt)).toEqual(Array(3).fill({ isNews: false, reason: before }))
  expect([11, 12].map(decideAt)).toEqual([
    { isNews: true, reason: 'HoldUnknown' },
    { isNews: false, reason: 'HoldUnknown' },
  ])
  seen.known = known
  expect(decideAt(13)).toEqual({ isNews: true, reason: before })
})

test('what is seen again as it was is decided upon every five seconds', async () => {
  const clock = { nowMs: 0, monotonicMs: () => clock.nowMs, now: () => clock.nowMs * MICROS_PER_MILLISECOND }
  const sighting = new Sighting(signals())
  const seen: { known: Known } = { known: sighting }
  const metrics = new OperatorMetrics()
  const deciding = autoscaler(clock, seen, metrics)
  const object = pipelineIn('Internal')
  const countAfter = async (second: number, known: Known, of = object) => {
    clock.nowMs = second * 1_000
    seen.known = known
    deciding.decide(of)
    const { values } = await metrics.scalingDecisions.get()
    return values.reduce((sum, { value }) => sum + value, 0)
  }
  const again = (second: number) => {
    const at = new Date(second * 1_000).toISOString()
    expect(sighting.lookedAgain([at, at, at])).toBe(true)
    return sighting
  }
  expect(await countAfter(0, sighting)).toBe(1)
  for (const second of [1, 2, 3, 4.9]) expect(await countAfter(second, again(second))).toBe(1)
  expect(await countAfter(5, again(5))).toBe(2)
  expect(await countAfter(6, new Sighting(signals({}, { marks: 1 })))).toBe(3)
  expect(await countAfter(6.1, NOTHING)).toBe(4)
  expect(await countAfter(6.2, NOTHING)).toBe(5)
  expect(await countAfter(6.3, again(6.3))).toBe(6)
  expect(await countAfter(6.4, again(6.4), pipelineIn('Internal'))).toBe(7)
})

test('an exporter that shows the same look for half a minute is not believed, one that looks again and sees the same is', () => {
  const clock = { nowMs: 0, monotonicMs: () => clock.nowMs, now: () => clock.nowMs * MICROS_PER_MILLISECOND }
  const sighting = new Sighting({ ...signals(), load: { ...UNKNOWN_LOAD, arrivalsPerSecond: 0 } })
  const deciding = autoscaler(clock, { known: sighting })
  const object = pipelineIn('Internal')
  const reasonAt = (second: number) => {
    clock.nowMs = second * 1_000
    deciding.decide(object)
    return deciding.of(object)?.decision.reason
  }
  for (let second = 0; second <= 60; second += 1) {
    const at = new Date(clock.nowMs).toISOString()
    sighting.lookedAgain([at, at, at])
    expect(reasonAt(second)).not.toBe('HoldUnknown')
  }
  const reasons = Array.from({ length: 60 }, (_, second) => reasonAt(61 + second))
  expect(reasons.at(-1)).toBe('HoldUnknown')
})
