import { expect, test } from 'vitest'
import { slimPod } from '../../../../core/operator/slim-pod.ts'

test('of a pod stays who it is, how it is, where, and which files it reads', () => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'orders-worker-0', namespace: 'team', resourceVersion: '7' },
    status: { phase: 'Running' },
  }
  const volumes = [{ name: 'pipeline', configMap: { name: 'orders-abc' } }]
  const containers = [{ name: 'worker', env: [] }]
  expect(slimPod({ ...pod, spec: { containers, volumes, nodeName: 'a' } })).toEqual({
    ...pod,
    spec: { volumes, nodeName: 'a' },
  })
})
