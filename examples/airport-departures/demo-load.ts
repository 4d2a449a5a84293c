import type { DemoLoad } from '../../cli/demo/demo-load.ts'
import { readFlights } from './flights.ts'

/** What `make demo EXAMPLE=airport-departures` plays: the real departures of one quarter, as fast as they are taken. */
export function createDemoLoad(): DemoLoad {
  return {
    summary: '20,000 real departures from 220 airports, January to March 2001',
    history: readFlights(),
    live: undefined,
  }
}
