import { expect, test } from 'vitest'
import { loadPipeline } from '../../../../adapters/manifest/load-pipeline.ts'
import { revisionSource } from '../../../../core/pipeline/revision-source.ts'

test('a score is calculated from what is stored, so it makes no other revision of it', async () => {
  const { pipeline, definition } = await loadPipeline('examples/assistant-tools.yaml')
  const { composite, ...stored } = definition
  expect(composite).toBeDefined()
  const { metrics } = pipeline.spec
  expect(revisionSource(metrics, definition)).toEqual(revisionSource(metrics, stored))
  expect(revisionSource(metrics, definition)).not.toEqual(revisionSource(metrics, { ...stored, entity: 'chat' }))
})
