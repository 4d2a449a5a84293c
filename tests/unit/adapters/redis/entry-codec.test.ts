import { expect, test } from 'vitest'
import { decodeEntry } from '../../../../adapters/redis/entry-codec.ts'

test('a message whose data is nested beyond all measure is refused, and ends nobody', () => {
  const nested = '['.repeat(200_000) + ']'.repeat(200_000)
  const message = `{"id": "1", "timestamp": "2026-01-20T09:01:33Z", "data": {"x": ${nested}}, "checksum": "c7c0"}`
  const entry = { stream: 'orders', id: '1-0', fields: ['message', message], attempts: 1 }
  expect(decodeEntry(entry, new Map())).toMatchObject({ rejection: { reason: 'wrong-checksum' } })
})
