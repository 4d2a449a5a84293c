import { expect, test } from 'vitest'
import { loadPipeline } from '../../adapters/manifest/load-pipeline.ts'
import { formatInstant } from '../../core/time/instant.ts'
import { readFlights } from '../../examples/airport-departures/flights.ts'
import { airportRows, airportTable } from '../support/airport-table.ts'
import { eventually } from '../support/eventually.ts'
import { Laptop, type RunningCommand } from '../support/laptop.ts'
import { countEntries, PipelineOnServers, sumOfOutcomes } from '../support/pipeline-on-servers.ts'
import { stillRunning } from '../support/process-list.ts'
import { whileLocked } from '../support/while-locked.ts'

const EXAMPLE = 'examples/airport-departures.yaml'

const LINES = readFlights().map(({ type, id, time, data }) =>
  JSON.stringify({ type, id, time: formatInstant(time), data }),
)

const STREAM = 'flights:departures'

const HALF = LINES.length / 2

const groupOf = ({ pipeline }: PipelineOnServers) => pipeline.settings.consumerGroup

/** Kills the worker that has run for longest. */
async function killWorker(command: RunningCommand): Promise<void> {
  const workers = (await command.descendants()).filter(({ command: line }) => /^\S+ \S+worker\/main\.ts$/.test(line))
  const [worker] = workers.sort((a, b) => a.pid - b.pid)
  if (worker === undefined) throw new Error('no worker runs')
  process.kill(worker.pid, 'SIGKILL')
}

/** Once there are so many facts, and each of so many workers holds entries that it has not committed. */
async function killWithinBatch(
  flights: PipelineOnServers,
  command: RunningCommand,
  facts: number,
  workers = 1,
): Promise<void> {
  await eventually(async () => expect(await flights.count('fact_departure')).toBeGreaterThan(facts))
  await whileLocked(flights.db, 'fact_departure', async () => {
    await eventually(async () => {
      const [, , , consumers] = (await flights.redis.xpending(STREAM, groupOf(flights))) as [
        number,
        string,
        string,
        unknown[] | null,
      ]
      expect(consumers).toHaveLength(workers)
    })
    await killWorker(command)
  })
}

const metricsAt = async (port: number) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()

test('kill -9 of the worker in the middle of a batch of the demonstration changes no number', async () => {
  await using flights = await PipelineOnServers.open(await loadPipeline(EXAMPLE))
  await using laptop = await Laptop.open({ DATABASE_URL: flights.databaseUrl, REDIS_URL: flights.redisUrl })
  const demo = laptop.start(['demo', '--example', 'airport-departures', '--seconds', '8'])
  for (const facts of [2_000, 9_000]) await killWithinBatch(flights, demo, facts)
  const { code, out } = await demo.ended
  expect(code).toBe(0)
  expect(out.match(/^airport-departures-worker-0 ended with code 137.*; starting it again/gm)).toHaveLength(2)
  expect(out).toMatch(/\n220 live rows compared with a recomputation from the facts: 0 mismatches\n/)
  expect(await airportRows(flights)).toEqual(airportTable())
  expect(await flights.letters()).toEqual([])
})

test('kill -9 of one worker and then of the other, under the load of mp publish, changes no number', async () => {
  await using flights = await PipelineOnServers.open(await loadPipeline(EXAMPLE))
  await using laptop = await Laptop.open({ DATABASE_URL: flights.databaseUrl, REDIS_URL: flights.redisUrl })
  const up = laptop.start(['up', '-f', EXAMPLE, '--workers', '2'])
  await up.saying(/is up; Ctrl-C stops it/)
  const publish = laptop.start(['publish', '-f', EXAMPLE, '--rate', '2500'], { input: LINES.join('\n') })
  for (const facts of [2_000, 9_000]) await killWithinBatch(flights, up, facts, 2)
  expect(await publish.ended).toMatchObject({ code: 0, err: 'published 20000 events\n' })
  await flights.caughtUp()

  expect(await airportRows(flights)).toEqual(airportTable())
  expect(await flights.count('fact_departure')).toBe(LINES.length)
  expect(await flights.letters()).toEqual([])
  const { workers } = await laptop.stateOf('airport-departures')
  const counts = countEntries(await Promise.all(workers.map(({ port }) => metricsAt(port))))
  expect(counts.read).toBeGreaterThan(0)
  expect(sumOfOutcomes(counts)).toBe(counts.read)
  const aggregate = await laptop.mp(['aggregate', '-f', EXAMPLE, '--json'])
  expect({ code: aggregate.code, summary: JSON.parse(aggregate.out) }).toMatchObject({
    code: 0,
    summary: { successful: 220, failed: 0, parity: { compared: 220, mismatches: 0, missing: 0, overdue: 0 } },
  })
})

test('kill -9 of mp up leaves nothing running, and the next one goes on from the data', async () => {
  await using laptop = await Laptop.open()
  const first = laptop.start(['up', '-f', EXAMPLE])
  await first.saying(/is up; Ctrl-C stops it/)
  await laptop.mp(['publish', '-f', EXAMPLE], { input: LINES.slice(0, HALF).join('\n') })
  const started = await first.descendants()
  expect(started.map(({ command }) => command).join('\n')).toMatch(/worker\/main\.ts/)
  first.kill('SIGKILL')
  await first.ended
  await eventually(async () => expect(await stillRunning(started)).toEqual([]))
  expect(await laptop.mp(['status', '-f', EXAMPLE])).toMatchObject({ code: 2 })

  const second = laptop.start(['up', '-f', EXAMPLE])
  await second.saying(/is up; Ctrl-C stops it/)
  await laptop.mp(['publish', '-f', EXAMPLE], { input: LINES.slice(HALF).join('\n') })
  await using flights = await PipelineOnServers.open(
    await loadPipeline(EXAMPLE),
    await laptop.stateOf('airport-departures'),
  )
  await flights.caughtUp()
  expect(await airportRows(flights)).toEqual(airportTable())
})
