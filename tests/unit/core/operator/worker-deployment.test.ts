import { expect, test } from 'vitest'
import { workerDeployment } from '../../../../core/operator/objects/worker-deployment.ts'
import { planPipeline } from '../../../../core/pipeline/plan.ts'
import { desired, OWNER, SPEC } from './world.ts'

test('a worker is given every variable once: Kubernetes takes no list with one twice', () => {
  const env = [{ name: 'NODE_OPTIONS', value: '--max-old-space-size=192' }]
  const pipeline = desired({ workers: { ...SPEC.workers, env } })
  const [, worker] = planPipeline(OWNER.name, pipeline.spec).processes
  if (worker === undefined) throw new Error('the plan has no worker')
  const { spec } = workerDeployment(pipeline, worker) as unknown as {
    spec: { template: { spec: { containers: readonly [{ env: readonly { name: string }[] }] } } }
  }
  const names = spec.template.spec.containers[0].env.map(({ name }) => name)
  expect(names).toContain('NODE_OPTIONS')
  expect(new Set(names).size).toBe(names.length)
})
