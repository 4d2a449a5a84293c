import type { DeploymentState } from './deployment-state.ts'
import type { KubernetesObject } from './kubernetes-object.ts'
import { componentOf } from './owner.ts'

/** Why a pod does not serve, in its own words. */
export interface PodTrouble {
  /** Undefined where no pod could be made. */
  readonly pod: string | undefined
  /** Kubernetes's name for it: `ImagePullBackOff`, `CrashLoopBackOff`, `Unschedulable` and so on. */
  readonly reason: string
  readonly message: string
}

interface PodStatus {
  readonly phase?: string
  readonly conditions?: readonly {
    readonly type: string
    readonly status: string
    readonly reason?: string
    readonly message?: string
  }[]
  readonly containerStatuses?: readonly ContainerStatus[]
  readonly initContainerStatuses?: readonly ContainerStatus[]
}

interface ContainerStatus {
  readonly ready?: boolean
  readonly restartCount?: number
  readonly state?: { readonly waiting?: Waiting; readonly running?: unknown; readonly terminated?: Terminated }
  readonly lastState?: { readonly terminated?: Terminated }
}

interface Waiting {
  readonly reason?: string
  readonly message?: string
}

interface Terminated {
  readonly reason?: string
  readonly exitCode: number
  readonly message?: string
}

/** Waiting for these is part of every start. */
const USUAL = new Set(['ContainerCreating', 'PodInitializing'])

/** The trouble of the newest pod that has any. */
export function findTrouble(pods: readonly KubernetesObject[]): PodTrouble | undefined {
  return [...pods]
    .sort((a, b) => ((a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? 1 : -1))
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(troubleOf)
    .find((trouble) => trouble !== undefined)
}

/** Why workers do not become ready: in the word of a pod, or in Kubernetes's own where it makes none. */
export function fleetTrouble(
  pods: readonly KubernetesObject[],
  deployment: DeploymentState | undefined,
): PodTrouble | undefined {
  const { refusal } = deployment ?? {}
  const refused = refusal === undefined ? undefined : { pod: undefined, reason: 'FailedCreate', message: refusal }
  return findTrouble(workersAmong(pods)) ?? refused
}

export function workersAmong(pods: readonly KubernetesObject[]): readonly KubernetesObject[] {
  return pods.filter((pod) => componentOf(pod) === 'worker')
}

function troubleOf(pod: KubernetesObject): PodTrouble | undefined {
  const status = (pod['status'] ?? {}) as PodStatus
  const found =
    unschedulable(status) ??
    containers(status)
      .map(containerTrouble)
      .find((each) => each !== undefined)
  return found === undefined ? undefined : { pod: pod.metadata.name, ...found }
}

type Found = Omit<PodTrouble, 'pod'>

function unschedulable({ conditions = [] }: PodStatus): Found | undefined {
  const scheduled = conditions.find(({ type }) => type === 'PodScheduled')
  if (scheduled?.status !== 'False' || scheduled.reason !== 'Unschedulable') return undefined
  return { reason: scheduled.reason, message: scheduled.message ?? 'no node fits' }
}

function containers({ containerStatuses = [], initContainerStatuses = [] }: PodStatus): readonly ContainerStatus[] {
  return [...initContainerStatuses, ...containerStatuses]
}

/** So often that it is no accident. */
const AGAIN_AND_AGAIN = 2

function containerTrouble({ ready = true, restartCount = 0, state, lastState }: ContainerStatus): Found | undefined {
  const { waiting, running, terminated } = state ?? {}
  const former = lastState?.terminated
  // Between two crashes it runs for a moment, and nothing has become better.
  if (
    running !== undefined &&
    !ready &&
    restartCount >= AGAIN_AND_AGAIN &&
    former !== undefined &&
    former.exitCode !== 0
  )
    return ended(former, 'CrashLoopBackOff')
  if (terminated !== undefined && terminated.exitCode !== 0) return ended(terminated, terminated.reason ?? 'Error')
  if (waiting?.reason === undefined || USUAL.has(waiting.reason)) return undefined
  if (former !== undefined) return ended(former, waiting.reason)
  return { reason: waiting.reason, message: waiting.message ?? 'the container does not start' }
}

function ended({ exitCode, message, reason }: Terminated, as: string): Found {
  const words = lastWords(message)
  const why = words === undefined ? (reason ?? 'without a word') : words
  return { reason: as, message: `exit code ${exitCode}: ${why}` }
}

const LONGEST = 500

/** The end of what a process wrote: of log lines in JSON their message, else the last line that says something. */
function lastWords(message: string | undefined): string | undefined {
  const line = message
    ?.split('\n')
    .map((each) => each.trim())
    .filter((each) => each !== '' && !each.startsWith('at ') && !/^Node\.js v\d/.test(each))
    .at(-1)
  return line === undefined ? undefined : (messageOfLog(line) ?? line).slice(0, LONGEST)
}

/** Of a log line in JSON what it says, and of its error. */
function messageOfLog(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const { msg, error } = JSON.parse(line) as { msg?: unknown; error?: { message?: unknown } }
    const words = [msg, error?.message].filter((each) => typeof each === 'string')
    return words.length === 0 ? undefined : words.join(': ')
  } catch {
    return undefined // cut off, or no log line at all
  }
}
