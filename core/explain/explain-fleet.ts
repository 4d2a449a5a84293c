import { BUSY_SHARE } from '../autoscaling/demand.ts'
import { stabilisationWindowMs } from '../autoscaling/stabilisation.ts'
import { counted, grouped, lasting } from '../autoscaling/wording.ts'
import type { AutoscalingStatus } from '../operator/status.ts'
import { type ScalingSettings, scalingSettings } from '../pipeline/scaling-settings.ts'
import { millisBetween } from '../time/millis-between.ts'
import type { FleetChange, FleetFacts } from './fleet-facts.ts'

/** Why a pipeline has as many workers as it has, what is seen, and what would change it, in lines. `now` is ISO text. */
export function explainFleet(facts: FleetFacts, now: string): readonly string[] {
  const { pipeline, scaling, status, ready, troubles } = facts
  if (status === undefined)
    return [`${pipeline} has no workers yet: no plan of it is in force`, ...inLines('Trouble', troubles)]
  const settings = scalingSettings(scaling)
  return [
    `${pipeline} is to have ${counted(status.replicas, 'worker')}, ${ready} ready (mode ${status.mode})`,
    '',
    line('Why', `${status.reason}: ${status.message}`),
    line('Since', `${clock(status.decidedAt)}, ${lasting(millisBetween(status.decidedAt, now))} ago`),
    line('Seen', seen(facts, status)),
    ...changing(settings, scaling, status, now),
    ...inLines('Trouble', troubles),
    ...history(facts.changes, now),
  ]
}

const WIDTH = 9

function line(label: string, text: string): string {
  return `${`${label}:`.padEnd(WIDTH)} ${text}`
}

function inLines(label: string, texts: readonly string[]): readonly string[] {
  return texts.map((text, index) => (index === 0 ? line(label, text) : `${' '.repeat(WIDTH)} ${text}`))
}

function seen({ backlog, oldestEventAge }: FleetFacts, status: AutoscalingStatus): string {
  const { arrivalsPerSecond: come, capacityPerWorker: done } = status
  const age = oldestEventAge === undefined ? '' : `, the oldest for ${oldestEventAge}`
  return [
    backlog === undefined ? 'the backlog is unknown' : `${counted(backlog, 'entry waits', 'entries wait')}${age}`,
    come === undefined ? 'how many come in is unknown' : `${grouped(come)} a second come in`,
    done === undefined ? 'what a worker gets done is unknown' : `one worker gets ${grouped(done)} a second done`,
  ].join('; ')
}

/** What it would take for another number. */
function changing(
  settings: ScalingSettings,
  { targetLatency, idleAfter }: FleetFacts['scaling'],
  status: AutoscalingStatus,
  now: string,
): readonly string[] {
  const { mode, minReplicas, maxReplicas } = settings
  if (mode === 'Off')
    return [line('Change', 'spec.workers.replicas, or kubectl scale; mode Internal lets the backlog decide')]
  if (mode === 'External')
    return [
      line(
        'Change',
        'whatever scales the pipeline: kubectl get hpa,scaledobject; mode Internal lets the backlog decide',
      ),
    ]
  if (status.reason === 'HoldSuspended') return [line('Change', 'spec.suspend: false')]
  return [
    line('Bounds', `${minReplicas} to ${maxReplicas} workers, targetLatency ${targetLatency}, idleAfter ${idleAfter}`),
    line('More', more(settings, status)),
    ...(status.replicas <= Math.max(1, minReplicas) ? [] : [line('Fewer', fewer(settings))]),
    ...(minReplicas > 0 || status.replicas === 0 ? [] : [line('None', none(settings, status, now))]),
  ]
}

function more({ maxReplicas, targetLatencyMs }: ScalingSettings, status: AutoscalingStatus): string {
  const { replicas, capacityPerWorker } = status
  if (replicas === 0) return 'with the first entry, mark or overdue row, within seconds'
  if (replicas >= maxReplicas) return `not before maxReplicas is more than ${maxReplicas}`
  if (capacityPerWorker === undefined) return 'one at a time while events are older than targetLatency'
  const perSecond = replicas * capacityPerWorker
  const waiting = (perSecond * targetLatencyMs) / 1_000
  return `from about ${grouped(perSecond * BUSY_SHARE)} entries a second coming in, or ${grouped(waiting)} waiting`
}

function fewer({ targetLatencyMs }: ScalingSettings): string {
  return `when fewer have been enough for ${lasting(stabilisationWindowMs(targetLatencyMs))}`
}

function none({ idleAfterMs }: ScalingSettings, { idleSince }: AutoscalingStatus, now: string): string {
  if (idleSince === undefined) return `when there has been nothing to do for ${lasting(idleAfterMs)}`
  const leftMs = Math.max(0, idleAfterMs - millisBetween(idleSince, now))
  return `in ${lasting(leftMs)} if nothing comes: there has been nothing to do since ${clock(idleSince)}`
}

function history(changes: readonly FleetChange[], now: string): readonly string[] {
  if (changes.length === 0) return []
  const width = Math.max(...changes.map(({ what }) => what.length))
  return [
    '',
    'Last changes',
    ...changes.map(
      ({ at, what, why }) => `${clock(at)} (${lasting(millisBetween(at, now))} ago)  ${what.padEnd(width)}  ${why}`,
    ),
  ]
}

/** `09:30:00`, as logs have it: in UTC. */
function clock(instant: string): string {
  return `${instant.slice(11, 19)}Z`
}
