import { isUtf8 } from 'node:buffer'
import type { StreamEntry } from '../../core/stream/entry.ts'

/** An entry as a dead letter keeps it: names and values as a JSON array, its texts byte for byte as they came, UTF-8 or not. */
export function encodeRawEntry({ fields, bytes }: Pick<StreamEntry, 'fields' | 'bytes'>): Buffer {
  if (bytes === undefined) return Buffer.from(JSON.stringify(fields))
  return Buffer.from(JSON.stringify(bytes.map((each) => Buffer.from(each).toString('latin1'))), 'latin1') // a character for a byte
}

export function decodeRawEntry(stored: Uint8Array): Pick<StreamEntry, 'fields' | 'bytes'> {
  const raw = Buffer.from(stored)
  if (isUtf8(raw)) return { fields: JSON.parse(raw.toString('utf8')) as string[] }
  const texts = JSON.parse(raw.toString('latin1')) as string[]
  const bytes = texts.map((each) => Buffer.from(each, 'latin1'))
  return { fields: bytes.map((each) => each.toString('utf8')), bytes }
}
