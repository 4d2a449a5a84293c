import { expect, test } from 'vitest'
import { freePort } from '../../adapters/process/servers/free-port.ts'
import { encodeEnvelope } from '../../adapters/redis/envelope.ts'
import { encodeEvent } from '../../adapters/redis/event-producer.ts'
import { formatInstant, type Instant } from '../../core/time/instant.ts'
import { createPopulation } from '../../examples/tutor-performance/population.ts'
import { countEntries, PipelineOnServers, type Row } from '../support/pipeline-on-servers.ts'
import { Program, runProgram } from '../support/run-program.ts'
import { CREATE_TUTOR_TABLES, copyTutorTables, ENRICHED, tutorsOn, tutorsOverTables } from '../support/tutor-tables.ts'

const TUTORS = 12

type Data = Readonly<Record<string, unknown>>

/** As the validation worker of the original passes a session on: its envelope, a local time without an offset, the checksum. */
function enveloped(id: string, data: Data): readonly string[] {
  const timestamp = new Date().toISOString().replace('Z', '')
  const metadata = { validated_at: timestamp, validation_warnings: 0 }
  return encodeEnvelope({ id, timestamp, channel: ENRICHED, data, metadata })
}

function flat(id: string, data: Data): readonly string[] {
  return encodeEvent({ stream: ENRICHED, type: 'session', id, data })
}

test('the enrichment stream beside tables that another pipeline fills feeds the whole set, in both forms of entry', async () => {
  const now: Instant = Date.now() * 1_000
  const events = [...createPopulation({ seed: 9, tutors: TUTORS, days: 35, endAt: now })].map((event) => ({
    ...event,
    time: formatInstant(event.time),
  }))
  await using own = await PipelineOnServers.open(tutorsOn([...new Set(events.map(({ stream }) => stream))]))
  await own.startWorker()
  await own.publish(events)
  await own.caughtUp()

  await using over = await PipelineOnServers.open(tutorsOverTables(), { prepare: CREATE_TUTOR_TABLES })
  await copyTutorTables(own, over)
  const port = await freePort()
  await using _worker = await Program.start('worker/main.ts', over, [], {
    CONSUMER_NAME: 'worker-0',
    HTTP_PORT: String(port),
  })
  const sessions = events.filter(({ type }) => type === 'session')
  for (const [index, { id, data }] of sessions.entries())
    await over.add(ENRICHED, index % 2 === 0 ? enveloped(id, data) : flat(id, data))
  await over.caughtUp()
  expect(sessions.length).toBeGreaterThan(100)
  expect(await numbers(over)).toEqual(await numbers(own))

  // A session moves to another tutor: stored first, then both tutors are named, one in each form.
  const moved = sessions.find(({ data }) => data['actual_start'] !== undefined)
  if (moved === undefined) throw new Error('no session took place')
  const [id, from] = [String(moved.data['session_id']), String(moved.data['tutor_id'])]
  const to = from === 'tutor_00001' ? 'tutor_00002' : 'tutor_00001'
  await own.publish([{ ...moved, id: 'moved', time: new Date().toISOString(), data: { ...moved.data, tutor_id: to } }])
  await own.caughtUp()
  const before = await numbers(over)
  await over.db.query('update sessions set tutor_id = $2 where session_id = $1', [id, to])
  await over.add(ENRICHED, enveloped('moved-from', { ...moved.data, tutor_id: from }))
  await over.add(ENRICHED, flat('moved-to', { ...moved.data, tutor_id: to }))
  await over.caughtUp()
  expect(await numbers(over)).toEqual(await numbers(own))
  expect(await numbers(over)).not.toEqual(before)

  const read = sessions.length + 2
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  expect(countEntries([metrics])).toMatchObject({ read, marked: read, dead_lettered: 0 })
  const { code, out } = await runProgram('aggregator/main.ts', over, ['daily', '--json'])
  expect({ code, summary: JSON.parse(out) }).toMatchObject({
    code: 0,
    summary: { failed: 0, parity: { compared: TUTORS, mismatches: 0, missing: 0, overdue: 0 } },
  })
})

/** The rows without when and by which evaluation each was made. */
async function numbers(tutors: PipelineOnServers): Promise<readonly Row[]> {
  const rows = await tutors.rows()
  return rows.map(({ evaluation: _, as_of: __, evaluated_at: ___, revision: ____, ...rest }) => rest)
}
