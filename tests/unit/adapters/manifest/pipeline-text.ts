/** A valid pipeline with one line per fact, so that a test can replace one and know the number of it. */
export const PIPELINE = `apiVersion: metricspipelines.io/v1alpha1
kind: MetricsPipeline
metadata:
  name: airport-departures
spec:
  source:
    redisStreams:
      streams: [flights:departures]
  database: { schema: flights }
  metrics:
    windows: [7d, 30d]
    debounce: { quiet: 1s, maxWait: 2s }
    definition:
      entity: airport
      events:
        departure:
          entity: origin
          at: scheduledAt
          streams: [flights:departures]
          fields:
            origin: { type: string }
            scheduledAt: { type: timestamp }
            delayMinutes: { type: integer }
      accumulators:
        departures: { count: departure }
        on_time: { count: departure, where: { delayMinutes: { atMost: 15 } } }
      metrics:
        departures: { value: departures }
        on_time_rate: { percent: [on_time, departures], decimals: 2 }
`

/** The pipeline with one text in it replaced by another; fails where the text is not there exactly once. */
export function pipelineWith(from: string, to: string): string {
  if (PIPELINE.split(from).length !== 2) throw new Error(`the text is not there exactly once: ${from}`)
  return PIPELINE.replace(from, () => to)
}
