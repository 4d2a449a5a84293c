import { expect, test } from 'vitest'
import { withoutHeaders } from '../../../../adapters/telemetry/otlp-headers.ts'

const ENVIRONMENT = {
  OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20s3cret-token, x-team=blue',
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'api-key=another-s3cret',
}

test.each<[sentence: string, text: string, expected: string]>([
  ['a text without any stays as it is', 'connect ECONNREFUSED 127.0.0.1:4318', 'connect ECONNREFUSED 127.0.0.1:4318'],
  ['a value as it is sent', 'illegal header "Bearer s3cret-token"', 'illegal header "***"'],
  ['a value as it stands in the variable', 'cannot read Bearer%20s3cret-token', 'cannot read ***'],
  ['the credentials alone', 'token s3cret-token expired', 'token *** expired'],
  ['a value for traces only', 'api-key: another-s3cret', 'api-key: ***'],
])('%s', (_sentence, text, expected) => {
  expect(withoutHeaders(text, ENVIRONMENT)).toBe(expected)
})
