import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { parsePipeline } from '../../../adapters/manifest/parse-pipeline.ts'
import { parsePipelineObject } from '../../../adapters/manifest/parse-pipeline-object.ts'
import { anyScoredDefinition } from '../../support/arbitrary-composites.ts'
import { meaningOf } from '../../support/cluster/meaning-of.ts'
import type { OwnCluster } from '../../support/cluster/own-cluster.ts'
import { installCrd } from '../../support/cluster/pipeline-fixture.ts'
import { pipelineObject } from '../../support/cluster/pipeline-object.ts'
import { sharedControlPlane } from '../../support/cluster/shared-cluster.ts'
import { runs } from '../../support/property-runs.ts'

const PIPELINES = '/apis/metricspipelines.io/v1alpha1/namespaces/default/metricspipelines'

let plane: OwnCluster

beforeAll(async () => {
  plane = await sharedControlPlane()
  await installCrd(plane)
})

test('whatever definition is valid is taken by an API server, and given back with the same meaning', async () => {
  await fc.assert(
    fc.asyncProperty(anyScoredDefinition, async (definition) => {
      const object = pipelineObject({
        'spec.metrics.windows': ['2d', '7d'],
        'spec.metrics.definition': definition,
        'spec.source.redisStreams.streams': ['shop:any'],
      })
      const stored = await plane.api.create(`${PIPELINES}?dryRun=All&fieldValidation=Strict`, object)
      expect(meaningOf(parsePipelineObject(stored))).toEqual(meaningOf(parsePipeline(JSON.stringify(object), 'file')))
    }),
    runs(200),
  )
})
