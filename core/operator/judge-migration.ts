import { millisBetween } from '../time/millis-between.ts'
import type { DesiredPipeline } from './desired-pipeline.ts'
import { hasEnded, jobState, podsOf } from './job-state.ts'
import { type KubernetesObject, objectKey } from './kubernetes-object.ts'
import { migrationOf } from './objects/pipeline-objects.ts'
import { hasTablesOf, revisionNumber } from './objects/revision.ts'
import type { Observation } from './observation.ts'
import { componentOf } from './owner.ts'
import { rankRevisions } from './revisions.ts'

const RETRY_MIGRATION_MS = 30_000

/** Where the plan that a pipeline object asks for stands on its way into force. */
export interface MigrationView {
  readonly asked: DesiredPipeline | undefined
  /** What is to run well before the plan comes into force; undefined when nothing is. */
  readonly wanted: KubernetesObject | undefined
  readonly observed: KubernetesObject | undefined
  readonly isDone: boolean
  /** Of plans that nobody asks for any more, and not at their end: were one to end last, its plan would be the schema's newest. */
  readonly superseded: readonly KubernetesObject[]
  /** One of those may be at work still. */
  readonly mustWait: boolean
}

export function judgeMigration(seen: Observation): MigrationView {
  if ('problems' in seen.asked) return NOTHING_ASKED
  const asked = seen.asked
  const { current } = rankRevisions(seen.owned)
  const wanted =
    current !== undefined && hasTablesOf(current, asked)
      ? undefined
      : migrationOf(asked, current === undefined ? 0 : revisionNumber(current))
  const observed = wanted === undefined ? undefined : seen.owned.find((each) => objectKey(each) === objectKey(wanted))
  const isDone = wanted === undefined || (observed !== undefined && jobState(observed).state === 'complete')
  const superseded = seen.owned.filter(
    (each) => isMigration(each) && each.metadata.name !== wanted?.metadata.name && jobState(each).state === 'running',
  )
  const atWork = seen.pods.filter((pod) => isMigration(pod) && !hasEnded(pod))
  const ofWanted = observed === undefined ? [] : podsOf(observed, atWork)
  const mustWait = superseded.length > 0 || atWork.length > ofWanted.length
  return { asked, wanted, observed, isDone, superseded, mustWait }
}

const NOTHING_ASKED: MigrationView = {
  asked: undefined,
  wanted: undefined,
  observed: undefined,
  isDone: false,
  superseded: [],
  mustWait: false,
}

function isMigration(object: KubernetesObject): boolean {
  return componentOf(object) === 'migrate'
}

/** A migration that failed for good may only have met a database that was away: a new Job takes its place after a while. */
export function retryMigration(
  { observed }: MigrationView,
  now: string,
): { readonly remove: readonly KubernetesObject[]; readonly againMs: number | undefined } {
  const state = observed === undefined ? undefined : jobState(observed)
  if (observed === undefined || state?.state !== 'failed') return { remove: [], againMs: undefined }
  const waitMs = RETRY_MIGRATION_MS - millisBetween(state.since, now)
  return waitMs <= 0 ? { remove: [observed], againMs: 1_000 } : { remove: [], againMs: waitMs }
}
