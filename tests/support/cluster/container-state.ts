/** As `state` and `lastState` in the status of a container; one of them is there. */
export type ContainerState =
  | { readonly waiting: { readonly reason: string; readonly message?: string } }
  | { readonly running: { readonly startedAt: string } }
  | { readonly terminated: Terminated }

export interface Terminated {
  readonly exitCode: number
  readonly reason: 'Completed' | 'Error' | 'StartError'
  readonly message?: string
  readonly startedAt: string
  readonly finishedAt: string
  readonly containerID?: string
}

/** What a container is like at this moment. */
export interface ContainerSnapshot {
  readonly name: string
  readonly image: string
  readonly state: ContainerState
  readonly lastState: ContainerState | undefined
  readonly restartCount: number
  /** Its startup probe has succeeded, or it has none and runs. */
  readonly started: boolean
  readonly ready: boolean
  readonly containerID: string | undefined
}
