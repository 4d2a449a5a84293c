import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { API_VERSION, KIND } from '../../../core/pipeline/spec.ts'

// What knows nothing of KEDA and of Prometheus's adapter can check: that they are pointed at what is there.

const read = (file: string) => parse(readFileSync(`examples/autoscaling/${file}`, 'utf8'))
const exporterMetrics = readFileSync('docs/reference/exporter-metrics.md', 'utf8')
const exporterPage = readFileSync('docs/reference/exporter.md', 'utf8')
const example = parse(readFileSync('examples/airport-departures.yaml', 'utf8'))

test.each(['keda.yaml', 'hpa.yaml'])('%s scales the example by the scale subresource of its own kind', (file) => {
  expect(read(file).spec.scaleTargetRef).toEqual({ apiVersion: API_VERSION, kind: KIND, name: example.metadata.name })
})

test('KEDA is given an address that the exporter answers, and a field that is in the answer', () => {
  const [{ metadata }] = read('keda.yaml').spec.triggers
  const url = new URL(metadata.url)
  expect(url.pathname).toBe(`/signals/${example.metadata.name}`)
  expect([...url.searchParams.keys()]).toEqual(['targetLatency'])
  expect(exporterPage).toContain('`/signals/<pipeline>`')
  expect(exporterPage).toContain('targetLatency')
  expect(exporterPage).toContain(metadata.valueLocation)
})

test('the HorizontalPodAutoscaler asks for a metric that the exporter has, by a label that it has', () => {
  const [{ external }] = read('hpa.yaml').spec.metrics
  const [line] = exporterMetrics
    .split('\n')
    .filter((each) => each.startsWith(`| \`${external.metric.name}\` | gauge |`))
  expect(line).toContain('| `pipeline`: its name |')
  expect(external.metric.selector.matchLabels).toEqual({ pipeline: example.metadata.name })
})
