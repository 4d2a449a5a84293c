import { expect, test } from 'vitest'
import { loadPipeline } from '../../adapters/manifest/load-pipeline.ts'
import { freePort } from '../../adapters/process/servers/free-port.ts'
import type { OutgoingEvent } from '../../adapters/redis/event-producer.ts'
import { formatInstant } from '../../core/time/instant.ts'
import { readFlights } from '../../examples/airport-departures/flights.ts'
import { airportRows, airportTable } from '../support/airport-table.ts'
import { countEntries, PipelineOnServers } from '../support/pipeline-on-servers.ts'
import { Program, runProgram } from '../support/run-program.ts'

const FLIGHTS: readonly OutgoingEvent[] = readFlights().map((flight) => ({
  ...flight,
  time: formatInstant(flight.time),
}))

const SEED = 20_010_401

/** How many messages later one is sent again: in another batch than the first time. */
const LATER = 1_500

const isTenth = (_: unknown, index: number) => index % 10 === 9

/** Every tenth message twice: every other one of them at once, the rest much later. */
function repeated(messages: readonly OutgoingEvent[]): readonly OutgoingEvent[] {
  const again = messages
    .filter(isTenth)
    .map((message, index) => [10 * index + 9.5 + (index % 2) * LATER, message] as const)
  return [...messages.map((message, index) => [index, message] as const), ...again]
    .sort(([a], [b]) => a - b)
    .map(([, message]) => message)
}

/** The same order for the same seed: a linear congruential generator is random enough for it. */
function shuffled<T>(items: readonly T[], seed: number): readonly T[] {
  const result = [...items]
  let state = seed
  for (let i = result.length - 1; i > 0; i -= 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    const j = Math.floor((state / 2 ** 32) * (i + 1))
    ;[result[i], result[j]] = [result[j] as T, result[i] as T]
  }
  return result
}

test.each<[sentence: string, messages: readonly OutgoingEvent[]]>([
  ['in the order in which they left', FLIGHTS],
  ['shuffled', shuffled(FLIGHTS, SEED)],
  ['with every tenth message sent twice', repeated(FLIGHTS)],
])('20,000 real departures, %s, come to the table that their file says', async (_sentence, messages) => {
  await using flights = await PipelineOnServers.open(await loadPipeline('examples/airport-departures.yaml'))
  const port = await freePort()
  await using _worker = await Program.start('worker/main.ts', flights, [], {
    CONSUMER_NAME: 'worker-0',
    HTTP_PORT: String(port),
  })
  await flights.publish(messages)
  await flights.caughtUp()

  expect(await airportRows(flights)).toEqual(airportTable())
  expect(await flights.letters()).toEqual([])
  expect(countEntries([await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()])).toEqual({
    read: messages.length,
    persisted: FLIGHTS.length,
    duplicate: messages.length - FLIGHTS.length,
    marked: 0,
    stale: 0,
    dead_lettered: 0,
    ignored: 0,
    fenced: 0,
  })
  const { code, out } = await runProgram('aggregator/main.ts', flights, ['daily', '--json'])
  expect({ code, summary: JSON.parse(out) }).toMatchObject({
    code: 0,
    summary: {
      runDate: '2001-04-01',
      successful: 220,
      failed: 0,
      parity: { compared: 220, mismatches: 0, missing: 0, overdue: 0 },
    },
  })
})
