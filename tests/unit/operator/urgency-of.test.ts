import { expect, test } from 'vitest'
import { urgencyOf } from '../../../operator/urgency-of.ts'

const generation = (value: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'orders-worker', generation: value },
})
const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'orders' } }

test.each([
  ['what was there before we looked waits for all else', undefined, generation(1), true, 'low'],
  ['what is new waits until what was begun is done', undefined, generation(1), false, 'low'],
  ['an edit goes first', generation(1), generation(2), false, 'high'],
  ['what is gone goes first', generation(1), undefined, false, 'high'],
  ['a status comes with the work', generation(1), generation(1), false, 'normal'],
  ['any change goes first where nothing tells an edit from a status', config, config, false, 'high'],
] as const)('%s', (_sentence, previous, object, isFirstListing, urgency) => {
  expect(urgencyOf({ object, previous, isFirstListing })).toBe(urgency)
})
