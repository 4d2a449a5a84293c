import type { Workload } from './sight.ts'
import { counted } from './wording.ts'

/** What there certainly is to do, in words. */
export function whatIsLeft(work: Workload): readonly string[] {
  const { marks, resolvableReferences, overdueNextChanges, isDefinitionAwaited } = work
  const waiting = work.isDrained === true ? 0 : Math.max(work.backlog, work.pending)
  return [
    ...(waiting > 0 ? [counted(waiting, 'entry', 'entries')] : []),
    ...(marks > 0 ? [counted(marks, 'mark')] : []),
    ...(resolvableReferences > 0
      ? [counted(resolvableReferences, 'reference whose fact has come', 'references whose facts have come')]
      : []),
    ...(isDefinitionAwaited ? ['a new definition'] : []),
    ...(overdueNextChanges > 0 ? [counted(overdueNextChanges, 'overdue row')] : []),
  ]
}

/** Below this an average over seconds says that nothing has come for minutes. */
const AS_GOOD_AS_NONE = 0.001

/** Whether nothing has come since the look before. An entry that came and was done in between counts. */
export function nothingCame(work: Workload, entriesAddedBefore: number | null): boolean {
  if (work.entriesAdded !== null && entriesAddedBefore !== null) return work.entriesAdded === entriesAddedBefore
  return work.arrivalsPerSecond !== null && work.arrivalsPerSecond < AS_GOOD_AS_NONE
}
