import type { Workload } from './sight.ts'
import { counted } from './wording.ts'

/** What there is to do, in words; empty when there is certainly nothing. */
export function whatIsLeft(work: Workload): readonly string[] {
  const { backlog, pending, marks, resolvableReferences, overdueNextChanges } = work
  const waiting = Math.max(backlog, pending)
  return [
    ...(waiting > 0 ? [counted(waiting, 'entry', 'entries')] : []),
    ...(waiting === 0 && !work.isDrained ? ['entries that are not counted yet'] : []),
    ...(marks > 0 ? [counted(marks, 'mark')] : []),
    ...(resolvableReferences > 0
      ? [counted(resolvableReferences, 'reference that has come', 'references that have come')]
      : []),
    ...(overdueNextChanges > 0 ? [counted(overdueNextChanges, 'overdue row')] : []),
  ]
}

/** Below this an average of seconds says that nothing has come for minutes. */
const AS_GOOD_AS_NONE = 0.001

/** Whether nothing has come since the look before. An entry that came and was done in between counts. */
export function nothingCame(work: Workload, entriesAddedBefore: number | null): boolean {
  if (work.entriesAdded !== null && entriesAddedBefore !== null) return work.entriesAdded === entriesAddedBefore
  return work.arrivalsPerSecond !== null && work.arrivalsPerSecond < AS_GOOD_AS_NONE
}
