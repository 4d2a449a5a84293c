import { BUSY_SHARE, TOLERANCE } from './demand.ts'
import { whatIsLeft } from './idleness.ts'
import { perWorkerIn } from './supply.ts'
import type { Seen, Verdict } from './verdict.ts'
import { lasting } from './wording.ts'
import { keeps, loadInWords, outlookInWords, rate } from './words.ts'

/** Nothing asks for another number. */
export function steady(seen: Seen): Verdict {
  const { work, current, input, memory, demand } = seen
  const { ready, failing } = input.fleet
  const says = (reason: Verdict['reason'], message: string): Verdict => ({
    replicas: current,
    reason,
    message: `${keeps(current)}${message}`,
  })
  const load = loadInWords(work)
  if (ready < current && failing !== undefined) {
    return says(
      'HoldFailing',
      `: ${ready} of them ready, others fail (${failing}), and more would fail as well; ${load}`,
    )
  }
  if (ready < current) return says('Starting', `, ${ready} of them ready yet: ${load}`)
  if (work.arrivalsPerSecond === null) return says('HoldUnknown', `: ${load}`)
  if (memory.idleSinceMs !== null) return says('Idle', ` with nothing to do${untilZero(seen)}`)
  if (demand === undefined) return says('Learning', `, for what one gets done is not known yet: ${load}`)
  if ((work.oldestEventAgeMs ?? 0) > input.settings.targetLatencyMs) {
    return says('CatchingUp', `: ${load}${outlookInWords(work)}`)
  }
  const left = work.backlog === 0 ? whatIsLeft(work) : []
  if (left.length > 0) return says('Steady', ` for ${left.join(', ')}: ${load}`)
  return says('Steady', `: ${load}${untilMore(seen)}`)
}

function untilZero({ room, input }: Seen): string {
  if (room.least > 0) return `: minReplicas is ${room.least}`
  return ` until that has been so for ${lasting(input.settings.idleAfterMs)}`
}

/** From how many entries a second on another worker would be asked for. */
function untilMore(seen: Seen): string {
  const { current, room } = seen
  const perWorker = perWorkerIn(seen)
  if (perWorker === undefined || current >= room.most) return ''
  return `; more workers from ${rate(current * (1 + TOLERANCE) * BUSY_SHARE * perWorker)} on`
}
