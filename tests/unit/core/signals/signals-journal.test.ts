import { expect, test } from 'vitest'
import type { PipelineSignals } from '../../../../core/signals/pipeline-signals.ts'
import { SignalsJournal } from '../../../../core/signals/signals-journal.ts'
import { signals } from '../operator/world.ts'

const LATER = '2026-03-01T12:00:05.000Z'
const REST = signals()
const LOOKED: PipelineSignals = {
  ...REST,
  observedAt: LATER,
  source: { ...signals().source, observedAt: LATER } as never,
}
const BUSY = signals({ backlog: 7 })

/** Asks for everything, has looks come in, and asks again. */
function asking(first: Readonly<Record<string, PipelineSignals>>, second: Readonly<Record<string, PipelineSignals>>) {
  const journal = new SignalsJournal('epoch')
  const { cursor } = journal.since('', { pipelines: first })
  return journal.since(cursor, { pipelines: second })
}

test('whoever knows nothing is told everything', () => {
  const pipelines = { flights: REST, hotels: BUSY }
  expect(new SignalsJournal('epoch').since('', { pipelines })).toEqual({
    cursor: 'epoch.1',
    complete: true,
    pipelines,
    still: {},
  })
})

const { source, database } = REST as { source: { observedAt: string }; database: { observedAt: string } }

test.each<[sentence: string, now: PipelineSignals, told: object, still: object]>([
  ['nobody looked again', REST, {}, {}],
  ['the source was looked at again', LOOKED, {}, { flights: [LATER, LATER, database.observedAt] }],
  [
    'the same was seen at the same time',
    structuredClone(REST),
    {},
    { flights: [REST.observedAt, source.observedAt, database.observedAt] },
  ],
  ['there is a backlog', BUSY, { flights: BUSY }, {}],
])('of what changed since it is told what did: %s', (_sentence, now, pipelines, still) => {
  const answer = asking({ flights: REST, hotels: REST }, { flights: now, hotels: REST })
  expect(answer).toEqual({ cursor: 'epoch.2', complete: false, pipelines, still })
})

test('of what could not be seen there is no time', () => {
  const blind = { ...REST, source: { unreachable: 'refused' } }
  const answer = asking({ flights: blind }, { flights: { ...blind, observedAt: LATER } })
  expect(answer.still).toEqual({ flights: [LATER, null, database.observedAt] })
})

test('what came is told, and when something is gone everything is', () => {
  expect(asking({ flights: REST }, { flights: REST, hotels: BUSY })).toMatchObject({
    complete: false,
    pipelines: { hotels: BUSY },
  })
  expect(asking({ flights: REST, hotels: BUSY }, { flights: REST })).toMatchObject({
    complete: true,
    pipelines: { flights: REST },
  })
})

test('whoever asks seldom is told what was new meanwhile, whoever else asked', () => {
  const journal = new SignalsJournal('epoch')
  const { cursor } = journal.since('', { pipelines: { flights: REST } })
  journal.since('', { pipelines: { flights: BUSY } })
  const { cursor: newer } = journal.since(cursor, { pipelines: { flights: { ...BUSY, observedAt: LATER } } })
  expect(journal.since(cursor, { pipelines: { flights: BUSY } }).pipelines).toEqual({ flights: BUSY })
  expect(journal.since(newer, { pipelines: { flights: BUSY } }).pipelines).toEqual({})
})

test.each(['', 'epoch', 'epoch.', 'epoch.9', 'epoch.1e0', 'epoch.-1', 'other.1', '.1'])(
  'a cursor that it never gave is as good as none: "%s"',
  (cursor) => {
    const journal = new SignalsJournal('epoch')
    journal.since('', { pipelines: { flights: REST } })
    expect(journal.since(cursor, { pipelines: { flights: REST } })).toMatchObject({
      complete: true,
      pipelines: { flights: REST },
    })
  },
)
