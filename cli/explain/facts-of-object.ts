import { scalingSchema } from '../../adapters/manifest/pipeline-schema.ts'
import type { FleetChange, FleetFacts } from '../../core/explain/fleet-facts.ts'
import type { KubernetesObject } from '../../core/operator/kubernetes-object.ts'
import type { Condition, PipelineStatus } from '../../core/operator/status.ts'

/** As many as one looks through. */
const CHANGES = 10

/** What a pipeline object and the events about it say of its workers. */
export function factsOfObject(object: KubernetesObject, events: readonly KubernetesObject[]): FleetFacts {
  const { workers } = (object['spec'] ?? {}) as { readonly workers?: { readonly scaling?: unknown } }
  const status = (object['status'] ?? {}) as Partial<PipelineStatus>
  return {
    pipeline: object.metadata.name,
    scaling: scalingSchema.parse(workers?.scaling ?? {}),
    status: status.autoscaling,
    ready: status.readyReplicas ?? 0,
    backlog: status.backlog,
    oldestEventAge: status.oldestEventAge,
    troubles: (status.conditions ?? []).filter(isTrouble).map(told),
    changes: events
      .filter((event) => isAbout(event, object))
      .map(changeOf)
      .filter(isOfFleet)
      .sort((a, b) => (a.at < b.at ? 1 : -1))
      .slice(0, CHANGES),
  }
}

/** Ready repeats what one of the others says, and the fleet's own condition is what is explained. */
const TOLD_ALREADY = new Set<Condition['type']>(['Ready', 'ScalingActive'])

/** That no run was compared yet is no trouble, and good news is none either. */
function isTrouble({ type, status, reason }: Condition): boolean {
  if (TOLD_ALREADY.has(type)) return false
  return type === 'UpgradeAvailable' ? false : status !== 'True' && !NOT_YET.has(reason)
}

const NOT_YET = new Set(['NotYetRun', 'NotCompared', 'Suspended'])

function told({ type, status, reason, message }: Condition): string {
  return `${type} is ${status} (${reason}): ${message}`
}

/** What the operator tells of the number of workers, and of why it is held; not of migrations and the like. */
function isOfFleet({ why }: FleetChange): boolean {
  return /^(?:from \d+ to \d+ workers|ScalingActive): /.test(why)
}

interface EventFields {
  readonly eventTime?: string
  readonly series?: { readonly lastObservedTime?: string }
  readonly reason?: string
  readonly message?: string
  readonly involvedObject?: { readonly uid?: string }
}

function isAbout(event: KubernetesObject, { metadata }: KubernetesObject): boolean {
  return (event as EventFields).involvedObject?.uid === metadata.uid
}

function changeOf(event: KubernetesObject): FleetChange {
  const { eventTime, series, reason = '', message = '' } = event as EventFields
  return {
    at: series?.lastObservedTime ?? eventTime ?? event.metadata.creationTimestamp ?? '',
    what: reason,
    why: message,
  }
}
