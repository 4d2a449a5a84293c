import { expect, test } from 'vitest'
import { formatInstant, type Instant } from '../../../core/time/instant.ts'
import { createPopulation } from '../../../examples/tutor-performance/population.ts'
import { PipelineOnServers, type Row } from '../../support/pipeline-on-servers.ts'
import {
  CREATE_TUTOR_TABLES,
  copyTutorTables,
  ENRICHED,
  tutorsOn,
  tutorsOverTables,
} from '../../support/tutor-tables.ts'

test('the whole set over tables that another system fills comes to the rows of its own facts', async () => {
  const now: Instant = Date.now() * 1_000
  const events = [...createPopulation({ seed: 5, tutors: 12, days: 35, endAt: now })].map((event) => ({
    ...event,
    time: formatInstant(event.time),
  }))
  const streams = [...new Set(events.map(({ stream }) => stream))]
  await using own = await PipelineOnServers.open(tutorsOn(streams))
  await own.startWorker()
  await own.publish(events)
  await own.caughtUp()

  await using over = await PipelineOnServers.open(tutorsOverTables(), { prepare: CREATE_TUTOR_TABLES })
  await over.startWorker()
  await copyTutorTables(own, over)
  const sessions = events.filter(({ type }) => type === 'session')
  await over.publish(sessions.map((session) => ({ ...session, stream: ENRICHED })))
  await over.caughtUp()

  expect(sessions.length).toBeGreaterThan(100)
  expect((await over.rows()).map(numbers)).toEqual((await own.rows()).map(numbers))
  expect(await over.parity()).toMatchObject({ compared: 12, mismatches: 0, missing: 0 })
  expect(await over.counts()).toMatchObject({ read: sessions.length, marked: sessions.length, dead_lettered: 0 })
})

/** A row without when and by which evaluation it was made. */
function numbers({ evaluation: _, as_of: __, evaluated_at: ___, revision: ____, ...rest }: Row): Row {
  return rest
}
