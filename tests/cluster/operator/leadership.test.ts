import { expect, test } from 'vitest'
import { OperatedNamespace } from '../../support/cluster/operated-namespace.ts'

test('an operator whose Lease is another’s ends, for its caches may be late', async () => {
  await using here = await OperatedNamespace.open()
  await here.namespace.patch('coordination.k8s.io/v1/leases', 'metrics-pipeline-operator', {
    spec: { holderIdentity: 'another' },
  })
  expect((await here.operator.ended).code).toBe(1)
})
