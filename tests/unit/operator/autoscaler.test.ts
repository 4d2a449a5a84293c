import { expect, test } from 'vitest'
import { systemClock } from '../../../adapters/process/system-clock.ts'
import { OperatorMetrics } from '../../../adapters/telemetry/operator-metrics.ts'
import type { KubernetesObject } from '../../../core/operator/kubernetes-object.ts'
import { revision } from '../../../core/operator/objects/revision.ts'
import { Autoscaler } from '../../../operator/autoscaler.ts'
import { desired, OWNER, SPEC, signals } from '../core/operator/world.ts'

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

function autoscaler(): Autoscaler {
  return new Autoscaler({
    view: { objectsOf: () => [revision(desired(), 1)], podsOf: () => [] },
    signals: { of: () => signals(), troubleOf: () => undefined },
    image: 'example/metrics:1',
    clock: systemClock,
    metrics: new OperatorMetrics(),
  })
}

test('what was decided counts no more from the moment on that the mode leaves it to others', () => {
  const deciding = autoscaler()
  expect(deciding.decide(pipelineIn('Internal'))).toBe(true)
  expect(deciding.of(pipelineIn('Internal'))).toBeDefined()
  expect(deciding.of(pipelineIn('External'))).toBeUndefined()
  expect(deciding.of(pipelineIn('Off'))).toBeUndefined()
})
