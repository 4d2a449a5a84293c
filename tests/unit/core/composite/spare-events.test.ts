import { expect, test } from 'vitest'
import type { CompositeStrategy } from '../../../../core/composite/composite-settings.ts'
import { sparingEvents } from '../../../../core/composite/spare-events.ts'

test.each<[string, CompositeStrategy, number, number]>([
  ['a quick calculation changes nothing', 'Hybrid', 100, 10_000],
  ['one that takes more than a hundredth of the interval makes it longer', 'Hybrid', 120, 12_000],
  ['however long it takes, a result does not get older for it', 'Hybrid', 3_000, 16_000],
  ['where events alone count it is the same', 'EventBased', 120, 12_000],
  ['who wants a fixed rate gets it', 'TimeBased', 120, 10_000],
  ['and a fixed grid', 'Background', 120, 10_000],
])('%s', (_sentence, strategy, tookMs, minIntervalMs) => {
  const settings = { strategy, minIntervalMs: 10_000, maxStaleMs: 30_000, eventThreshold: 1 }
  expect(sparingEvents(settings, tookMs)).toEqual({ ...settings, minIntervalMs })
})
