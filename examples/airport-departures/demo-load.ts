import type { DemoLoad, DemoOptions } from '../../cli/demo/demo-load.ts'
import { readFlights } from './flights.ts'

/** What `make demo EXAMPLE=airport-departures` plays: the real departures of one quarter in so many seconds. */
export function createDemoLoad({ seconds }: DemoOptions): DemoLoad {
  const flights = readFlights()
  return {
    summary: '20,000 real departures from 220 airports, January to March 2001',
    history: flights,
    pace: flights.length / seconds,
    live: undefined,
  }
}
