import { formatInstant } from '../time/instant.ts'
import type { StreamEntry } from './entry.ts'
import { entryTime } from './entry-id.ts'

const TIME_FIELDS = new Set(['time', 'ce_time', 'ce-time'])

/**
 * The fields with which a dead letter is published again. An entry that named no time was dated by its id; its replay says so, or it would
 * count as newer than what has come since.
 */
export function replayedFields(
  { fields, bytes }: Pick<StreamEntry, 'fields' | 'bytes'>,
  entryId: string,
): readonly (string | Uint8Array)[] {
  const isEnvelope = fields.length === 2 && fields[0] === 'message'
  const hasTime = fields.some((name, index) => index % 2 === 0 && TIME_FIELDS.has(name))
  const same = bytes ?? fields
  return isEnvelope || hasTime ? same : [...same, 'time', formatInstant(entryTime(entryId))]
}
