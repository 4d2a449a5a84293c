import { expect, test } from 'vitest'
import { APPLIED } from '../../../../core/operator/in-sync.ts'
import { judgeOwnership } from '../../../../core/operator/judge-ownership.ts'
import { OWNER } from './world.ts'

const LABELS = { 'app.kubernetes.io/managed-by': 'metrics-pipeline-operator' }
const owner = (name: string, uid: string, kind = 'MetricsPipeline') => ({ apiVersion: 'x', kind, name, uid })

test.each([
  ['of this pipeline', { ownerReferences: [owner('flights', 'uid-1')] }, 'ours'],
  [
    'of this pipeline whose labels somebody removed',
    { ownerReferences: [owner('flights', 'uid-1')], labels: {} },
    'ours',
  ],
  ['with our labels whose owner somebody removed', { labels: LABELS }, 'ours'],
  [
    'of a pipeline of this name that is gone',
    { labels: LABELS, ownerReferences: [owner('flights', 'uid-0')] },
    'former',
  ],
  ['that has nothing left but the mark of being applied', { annotations: { [APPLIED]: 'x' } }, 'ours'],
  ['of another pipeline', { labels: LABELS, ownerReferences: [owner('trains', 'uid-2')] }, 'foreign'],
  [
    "of somebody else's controller",
    { labels: LABELS, ownerReferences: [owner('flights', 'uid-9', 'Fleet')] },
    'foreign',
  ],
  ['that a person made', {}, 'foreign'],
] as const)('an object %s', (_name, meta, expected) => {
  expect(judgeOwnership({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', ...meta } }, [OWNER])).toBe(
    expected,
  )
})
