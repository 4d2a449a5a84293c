import type { DatabaseSignals, SourceSignals } from './pipeline-signals.ts'

/**
 * Whether certainly nothing is left to do: no entry, no entity that waits for an evaluation, whether that is written down yet or not, and no
 * definition that a worker has to put in force.
 */
export function isNothingLeft(source: SourceSignals, database: DatabaseSignals): boolean {
  const { marks, resolvableReferences, overdueNextChanges, awaitedRevision } = database
  if (source.isDrained !== true || awaitedRevision !== null) return false
  return marks + resolvableReferences + (overdueNextChanges ?? 0) === 0
}
