import type { Workload } from './sight.ts'

const MOST_OF_IT = 0.5

/** The stream that more than half of what waits lies in. */
export function hotStream({ backlog, streams }: Workload): { stream: string; backlog: number } | undefined {
  return streams.length < 2 ? undefined : streams.find((each) => each.backlog > backlog * MOST_OF_IT)
}
