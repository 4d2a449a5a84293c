import type { ApiObject } from './api-client.ts'
import type { ContainerSnapshot } from './container-state.ts'
import type { PodPlace } from './pod-fields.ts'

export interface PodObserved extends PodPlace {
  readonly restartPolicy: 'Always' | 'OnFailure' | 'Never'
  readonly startTime: string
  /** Its volumes are there. */
  readonly prepared: boolean
  /** It was told to go, and whatever ends stays so. */
  readonly ending: boolean
  readonly initContainers: readonly ContainerSnapshot[]
  readonly containers: readonly ContainerSnapshot[]
}

type Condition = Readonly<Record<'type' | 'status', string>> & Partial<Record<'reason' | 'message', string>>

type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed'

/** The status that a kubelet reports, but for the times of the conditions' transitions. */
export function podStatus(observed: PodObserved): ApiObject {
  const { podIP, hostIP, startTime, initContainers, containers } = observed
  const phase = phaseOf(observed)
  return {
    phase,
    conditions: conditionsOf(observed, phase),
    hostIP,
    hostIPs: [{ ip: hostIP }],
    podIP,
    podIPs: [{ ip: podIP }],
    startTime,
    initContainerStatuses: initContainers.map(containerStatus),
    containerStatuses: containers.map(containerStatus),
  }
}

export function phaseOf({ restartPolicy, ending, initContainers, containers }: PodObserved): Phase {
  const staysDown = (container: ContainerSnapshot) =>
    ending
      ? !('running' in container.state)
      : 'terminated' in container.state &&
        (restartPolicy === 'Never' || (restartPolicy === 'OnFailure' && succeeded(container)))
  if (containers.every(staysDown)) return containers.every(succeeded) ? 'Succeeded' : 'Failed'
  if (initContainers.some((container) => hasFailed(container) && staysDown(container))) return 'Failed'
  if (!initContainers.every(succeeded)) return 'Pending'
  if (containers.some(({ state, lastState }) => 'waiting' in state && lastState === undefined)) return 'Pending'
  return 'Running'
}

function conditionsOf({ prepared, initContainers, containers }: PodObserved, phase: Phase): readonly Condition[] {
  const unready = containers.filter(({ ready }) => !ready).map(({ name }) => name)
  const uninitialised = initContainers.filter((container) => !succeeded(container)).map(({ name }) => name)
  const ready = unready.length === 0 ? { status: 'True' } : { status: 'False', ...whyUnready(unready, phase) }
  return [
    { type: 'PodReadyToStartContainers', status: asStatus(prepared) },
    {
      type: 'Initialized',
      status: asStatus(uninitialised.length === 0),
      ...(uninitialised.length > 0 && {
        reason: 'ContainersNotInitialized',
        message: `containers with incomplete status: [${uninitialised.join(' ')}]`,
      }),
    },
    { type: 'ContainersReady', ...ready },
    { type: 'Ready', ...ready },
  ]
}

function whyUnready(names: readonly string[], phase: Phase): Partial<Condition> {
  if (phase === 'Succeeded') return { reason: 'PodCompleted' }
  if (phase === 'Failed') return { reason: 'PodFailed' }
  return { reason: 'ContainersNotReady', message: `containers with unready status: [${names.join(' ')}]` }
}

function containerStatus({ lastState, containerID, ...container }: ContainerSnapshot): ApiObject {
  return {
    ...container,
    imageID: containerID === undefined ? '' : `played://${container.image}`,
    lastState: lastState ?? {},
    ...(containerID !== undefined && { containerID }),
  }
}

function succeeded({ state }: ContainerSnapshot): boolean {
  return 'terminated' in state && state.terminated.exitCode === 0
}

function hasFailed({ state }: ContainerSnapshot): boolean {
  return 'terminated' in state && state.terminated.exitCode !== 0
}

function asStatus(holds: boolean): 'True' | 'False' {
  return holds ? 'True' : 'False'
}
