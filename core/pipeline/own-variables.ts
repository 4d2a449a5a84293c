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
]
