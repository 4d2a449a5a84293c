import type { ScalingInputs } from '../../core/autoscaling/scaling-decision.ts'
import { grouped, lasting } from '../../core/autoscaling/wording.ts'
import type { PipelineSpec } from '../../core/pipeline/spec.ts'
import type { LocalScaling } from './state-folder.ts'

/** Why a pipeline has as many workers here as it has, in words. */
export function explainScaling(pipeline: string, scaling: LocalScaling): string {
  const { settings, decision, decidedAt, seenAt, lastScaleAt } = scaling
  const { minReplicas, maxReplicas, targetLatencyMs, idleAfterMs } = settings
  const advice = settings.mode === 'Advisory' ? `; by its backlog it would have ${decision.wanted}` : ''
  const seen = seenLines(decision.inputs)
  const width = Math.max(...seen.map(([what]) => what.length))
  return [
    `${pipeline} is to have ${counted(decision.replicas)}${advice}.`,
    `${decision.reason}, since ${decidedAt}: ${decision.message}`,
    '',
    `What was seen at ${seenAt}:`,
    ...seen.map(([what, value]) => `  ${what.padEnd(width)}   ${value}`),
    '',
    `What was wanted: ${minReplicas} to ${maxReplicas} workers, no event older than ${lasting(targetLatencyMs)}, none after ${lasting(idleAfterMs)} with nothing to do.`,
    lastScaleAt === null
      ? 'Their number has not changed since mp up was started.'
      : `Their number last changed at ${lastScaleAt}.`,
    '',
  ].join('\n')
}

/** Why nobody changes how many there are. */
export function explainFixed(
  pipeline: string,
  workers: number,
  { suspend, workers: { scaling } }: PipelineSpec,
): string {
  const why = suspend
    ? 'suspend is true'
    : scaling.mode === 'Off' || scaling.mode === 'External'
      ? `scaling.mode is ${scaling.mode}`
      : 'mp up was told so by --workers, or has just been started'
  return `${pipeline} has ${counted(workers)} here, whatever its backlog: ${why}.\n`
}

function seenLines(inputs: ScalingInputs): readonly (readonly [what: string, value: string])[] {
  const { backlogIs } = inputs
  const known = (value: number | null, unit = '') => (value === null ? 'unknown' : `${grouped(value)}${unit}`)
  return [
    [
      'backlog',
      `${known(inputs.backlog)}${backlogIs === null || backlogIs === 'exact' ? '' : `, ${HOW_WELL[backlogIs]}`}`,
    ],
    ['of it pending', known(inputs.pending)],
    ['oldest event', ageOf(inputs)],
    ['arrivals', known(inputs.arrivalsPerSecond, ' a second')],
    ['done', known(inputs.completionsPerSecond, ' a second')],
    ['one worker can do', known(inputs.capacityPerWorker, ' a second')],
    ['marks', known(inputs.marks)],
    ['references that have come', known(inputs.resolvableReferences)],
    ['overdue rows', known(inputs.overdueNextChanges)],
    ['workers ready', String(inputs.ready)],
  ]
}

function ageOf({ oldestEventAgeMs, backlog }: ScalingInputs): string {
  if (oldestEventAgeMs !== null) return `${lasting(oldestEventAgeMs)} old`
  return backlog === 0 ? 'none' : 'unknown'
}

const HOW_WELL = { 'at-least': 'at least', estimated: "by the server's own word" } as const

function counted(workers: number): string {
  return workers === 0 ? 'no worker' : workers === 1 ? '1 worker' : `${workers} workers`
}
