/** Credentials for telemetry stand in these: they come from a Secret, or not at all. */
const OTLP_HEADERS = [
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_EXPORTER_OTLP_TRACES_HEADERS',
  'OTEL_EXPORTER_OTLP_METRICS_HEADERS',
]

/** What a pipeline itself tells its workers, in whatever way: nobody else may. */
export const OWN_VARIABLES: readonly string[] = [
  'PIPELINE_FILE',
  'COMPOSITE_FILE',
  'DATABASE_URL',
  'DATABASE_URL_FILE',
  'REDIS_URL',
  'REDIS_URL_FILE',
  'CONSUMER_NAME',
  'HTTP_HOST',
  'HTTP_PORT',
  'LOG_LEVEL',
  'DRAIN_SECONDS',
  ...OTLP_HEADERS.flatMap((name) => [name, `${name}_FILE`]),
]
