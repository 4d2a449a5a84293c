import { readFileSync } from 'node:fs'
import type { PipelineOnServers, Row } from './pipeline-on-servers.ts'

interface Flight {
  /** `2001/01/31 23:05` */
  readonly date: string
  readonly delay: number
  readonly distance: number
  readonly origin: string
}

const AS_OF = Date.UTC(2001, 3, 1)
const DAY_MS = 86_400_000

/** The rows of `examples/airport-departures.yaml` once all flights are in, straight from the data set's file: nothing of the project computes them. */
export function airportTable(): readonly Row[] {
  const file = new URL('../data/flights-20k.json', import.meta.resolve('vega-datasets'))
  const flights = JSON.parse(readFileSync(file, 'utf8')) as readonly Flight[]
  return [...Map.groupBy(flights, ({ origin }) => origin)].sort().map(([entity, own]) => ({
    entity,
    as_of: new Date(AS_OF),
    tier_rules: 'Default@1',
    facts: String(own.length),
    ...Object.assign({}, ...[7, 30, 90].map((days) => windowOf(own, days))),
  }))
}

/** The rows that there are, without when and by which evaluation each was made. */
export async function airportRows(flights: PipelineOnServers): Promise<readonly Row[]> {
  const rows = await flights.rows()
  return rows.map(({ evaluation: _, evaluated_at: __, revision: ___, next_change_at: ____, ...rest }) => rest)
}

function windowOf(own: readonly Flight[], days: number): Row {
  const inside = own.filter(
    ({ date }) => Date.parse(`${date.replaceAll('/', '-').replace(' ', 'T')}Z`) >= AS_OF - days * DAY_MS,
  )
  const count = inside.length
  const onTime = inside.filter(({ delay }) => delay <= 15).length
  const delay = inside.reduce((sum, flight) => sum + flight.delay, 0)
  const miles = inside.reduce((sum, flight) => sum + flight.distance, 0)
  const [rate, mean] = count === 0 ? [] : [hundredths(100 * onTime, count), hundredths(delay, count)]
  const values = {
    acc_departures: String(count),
    acc_on_time: String(onTime),
    acc_delay: String(delay),
    acc_miles: String(miles),
    departures: String(count),
    on_time_rate: rate === undefined ? null : (rate / 100).toFixed(2),
    mean_delay: mean === undefined ? null : (mean / 100).toFixed(2),
    miles_flown: String(miles),
    ...judged(count, rate, mean),
  }
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${name}_${days}d`, value]))
}

/** Hundredths of a quotient, half away from zero. */
function hundredths(numerator: number, denominator: number): number {
  return Math.sign(numerator) * Math.floor((200 * Math.abs(numerator) + denominator) / (2 * denominator))
}

function judged(count: number, rate: number | undefined, mean: number | undefined): Row {
  if (rate === undefined || mean === undefined) return { flags: '', tier: null }
  const flags = [
    ...(rate >= 8_500 ? ['on_time_rate=green'] : rate < 7_000 ? ['on_time_rate=red'] : []),
    ...(mean <= 800 ? ['mean_delay=green'] : mean > 2_000 ? ['mean_delay=red'] : []),
  ]
  const of = (colour: string) => flags.filter((flag) => flag.endsWith(colour)).length
  const tier = of('green') >= 2 ? 'Reliable' : of('red') >= 1 ? 'Delayed' : 'Typical'
  return { flags: flags.sort().join(','), tier: count < 10 ? null : tier }
}
