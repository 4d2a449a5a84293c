import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { ScalingDecision } from '../../core/autoscaling/scaling-decision.ts'
import type { ScalingSettings } from '../../core/pipeline/scaling-settings.ts'

/** Where a laptop keeps what belongs to its pipelines: servers' data, logs, connections. */
export const STATE_FOLDER = '.mp'

/** What `mp up` tells the other commands about a pipeline that runs here. */
export interface LocalState {
  readonly databaseUrl: string
  readonly redisUrl: string
  readonly supervisor: number
  readonly workers: readonly { readonly name: string; readonly port: number }[]
  /** Undefined where their number is fixed, and before it was decided for the first time. */
  readonly scaling?: LocalScaling
}

/** How many workers there are to be, and why. Instants are ISO texts. */
export interface LocalScaling {
  readonly settings: ScalingSettings
  /** When it was decided like this for the first time: with this number, for this reason. */
  readonly decidedAt: string
  /** When it was decided last. */
  readonly seenAt: string
  /** Null: there was no other number since `mp up` was started. */
  readonly lastScaleAt: string | null
  readonly decision: ScalingDecision
}

export function pipelineFolder(pipeline: string): string {
  return resolve(STATE_FOLDER, 'pipelines', pipeline)
}

/** The file holds passwords of local servers: for this user's eyes alone. It is replaced as a whole, for others read it meanwhile. */
export function writeLocalState(pipeline: string, state: LocalState): void {
  mkdirSync(pipelineFolder(pipeline), { recursive: true, mode: 0o700 })
  const next = `${statePath(pipeline)}.next`
  writeFileSync(next, JSON.stringify(state), { mode: 0o600 })
  renameSync(next, statePath(pipeline))
}

/** Undefined when no `mp up` runs here for this pipeline: what it started has ended with it. */
export function readLocalState(pipeline: string): LocalState | undefined {
  try {
    const state = JSON.parse(readFileSync(statePath(pipeline), 'utf8')) as LocalState
    process.kill(state.supervisor, 0) // asks only whether it is there
    return state
  } catch {
    return undefined // never written, or left behind: the commands then ask for connections in the environment
  }
}

function statePath(pipeline: string): string {
  return join(pipelineFolder(pipeline), 'state.json')
}
