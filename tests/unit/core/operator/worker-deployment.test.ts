import { expect, test } from 'vitest'
import { pipelineFile } from '../../../../core/operator/objects/pipeline-file.ts'
import { workerDeployment } from '../../../../core/operator/objects/worker-deployment.ts'
import { planPipeline } from '../../../../core/pipeline/plan.ts'
import { desired, OWNER, SPEC } from './world.ts'

test('headers for telemetry are a file in the pod, and what is said of telemetry changes no pipeline file', () => {
  const otlpHeaders = { secretKeyRef: { name: 'collector', key: 'headers' } }
  const telemetry = { ...SPEC.telemetry, otlpEndpoint: 'http://collector:4318', otlpHeaders }
  const pipeline = desired({ telemetry })
  const [, worker] = planPipeline(OWNER.name, pipeline.spec).processes
  if (worker === undefined) throw new Error('the plan has no worker')
  const { template } = workerDeployment(pipeline, worker)['spec'] as { template: unknown }
  expect(template).toMatchObject({
    spec: {
      containers: [
        {
          env: expect.arrayContaining([
            { name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: 'http://collector:4318' },
            { name: 'OTEL_EXPORTER_OTLP_HEADERS_FILE', value: '/etc/metrics-pipeline/connections/otlp-headers' },
          ]),
        },
      ],
      volumes: expect.arrayContaining([
        {
          name: 'connections',
          projected: {
            sources: expect.arrayContaining([
              {
                secret: { name: 'collector', items: [{ key: 'headers', path: 'otlp-headers' }], optional: true },
              },
            ]),
          },
        },
      ]),
    },
  })
  expect(pipelineFile(pipeline)).toEqual(pipelineFile(desired()))
})

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
