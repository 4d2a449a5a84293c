import { readFileSync } from 'node:fs'
import { formatInstant, type Instant, MICROS_PER_MINUTE, parseInstant } from '../../core/time/instant.ts'

/** A flight that left, as the event `departure` of `examples/airport-departures.yaml`. */
export interface Departure {
  readonly stream: 'flights:departures'
  readonly type: 'departure'
  /** The flight's row in the data set, from 1. */
  readonly id: string
  /** When it left, which is when its delay is known. */
  readonly time: Instant
  readonly data: {
    readonly origin: string
    readonly destination: string
    readonly scheduledAt: string
    readonly delayMinutes: number
    readonly distanceMiles: number
  }
}

interface Row {
  /** Local time at the origin: `2001/01/31 23:05`. */
  readonly date: string
  readonly delay: number
  readonly distance: number
  readonly origin: string
  readonly destination: string
}

/**
 * 20,000 real departures from 220 airports of the United States in the first quarter of 2001, in the order in which they left.
 *
 * The data set gives local times without a zone. They are read as UTC: the hours are off by the zone, the days are the airport's own.
 */
export function readFlights(): readonly Departure[] {
  const file = new URL('../data/flights-20k.json', import.meta.resolve('vega-datasets'))
  const rows = JSON.parse(readFileSync(file, 'utf8')) as readonly Row[]
  return rows.map(departureOf).sort((a, b) => a.time - b.time)
}

function departureOf({ date, delay, distance, origin, destination }: Row, index: number): Departure {
  const parsed = parseInstant(date.replaceAll('/', '-'), 'utc')
  if ('problem' in parsed)
    throw new Error(`row ${index + 1} of the data set has the date ${date}, which is ${parsed.problem}`)
  const scheduledAt = formatInstant(parsed.instant)
  return {
    stream: 'flights:departures',
    type: 'departure',
    id: String(index + 1),
    time: parsed.instant + delay * MICROS_PER_MINUTE,
    data: { origin, destination, scheduledAt, delayMinutes: delay, distanceMiles: distance },
  }
}
