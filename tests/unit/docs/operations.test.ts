import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ExporterMetrics } from '../../../adapters/telemetry/exporter-metrics.ts'
import { WorkerMetrics } from '../../../adapters/telemetry/worker-metrics.ts'
import { docTable } from '../../support/doc-table.ts'

// What operations and runbooks tell people to look for is what the processes say.

const PAGES = ['docs/operations.md', ...globSync('docs/runbooks/*.md')]

test('every metric that they ask for is there', () => {
  const names = new Set(
    PAGES.flatMap((page) => readFileSync(page, 'utf8').match(/\bmp_(?:worker|pipeline|exporter)_\w+/g) ?? []),
  )
  const registries = [new WorkerMetrics().registry, new ExporterMetrics().registry]
  const known = registries.flatMap((registry) => registry.getMetricsAsArray().map(({ name }) => name))
  expect([...names].filter((name) => !known.includes(name.replace(/_(bucket|sum|count)$/, '')))).toEqual([])
})

test('every log line that they explain is written', () => {
  const explained = docTable('docs/operations.md', '`msg`', 'Level').flatMap(([messages = '']) =>
    [...messages.matchAll(/`([^`]+)`/g)].map(([, message = '']) => message),
  )
  const sources = globSync('{worker,aggregator,exporter}/*.ts')
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
  const written = (message: string) =>
    sources.includes(`'${message}'`) || ['worker stopped', 'worker superseded'].includes(message) // made of the worker's end
  expect(explained.length).toBeGreaterThan(10)
  expect(explained.filter((message) => !written(message))).toEqual([])
})
