import { expect, test } from 'vitest'
import { loadPipeline } from '../../../adapters/manifest/load-pipeline.ts'
import { readFlights } from '../../../examples/airport-departures/flights.ts'
import { eventually } from '../../support/eventually.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { Program } from '../../support/run-program.ts'

/** All flights come first. */
const HISTORY = { withinMs: 120_000 }

test('a demonstration that has nothing but history stays up when asked to, until it is told to stop', {
  timeout: 2 * HISTORY.withinMs,
}, async () => {
  await using flights = await PipelineOnServers.open(await loadPipeline('examples/airport-departures.yaml'))
  const onlyValue = async (text: string) => Object.values((await flights.db.query(text)).rows[0] ?? {})[0]
  const departures = readFlights()
  const options = { EXAMPLE: 'airport-departures', DEMO: 'live' }
  await using demo = await Program.start('cli/main.ts', flights, ['demo', '--seconds', '1'], options)
  await eventually(async () => expect(await onlyValue('select state from flights.mp_run')).toBe('succeeded'), HISTORY)

  await flights.publish(
    departures.slice(0, 1).map(({ stream, type, data }) => ({ stream, type, id: 'one more', data })),
  )
  await eventually(async () =>
    expect(await onlyValue('select count(*)::int from flights.fact_departure')).toBe(departures.length + 1),
  )
  demo.kill('SIGTERM')
  expect(await demo.ended).toMatchObject({ code: 0 })
})
