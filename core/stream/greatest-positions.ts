import type { StreamEntry } from './entry.ts'
import { compareEntryIds } from './entry-id.ts'

/** The greatest entry id of each stream, in its two parts. */
export function greatestPositions(
  entries: readonly StreamEntry[],
): readonly { readonly stream: string; readonly milliseconds: string; readonly sequence: string }[] {
  const greatest = new Map<string, string>()
  for (const { stream, id } of entries) {
    const known = greatest.get(stream)
    if (known === undefined || compareEntryIds(id, known) > 0) greatest.set(stream, id)
  }
  return [...greatest].map(([stream, id]) => {
    const [milliseconds = '0', sequence = '0'] = id.split('-')
    return { stream, milliseconds, sequence }
  })
}
