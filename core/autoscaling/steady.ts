import { perWorkerIn } from './supply.ts'
import type { Seen, Verdict } from './verdict.ts'
import { counted, grouped } from './wording.ts'

export function steady(seen: Seen): Verdict {
  const { work, current, input } = seen
  const { ready, failing } = input.fleet
  if (ready < current && failing !== undefined) {
    return {
      replicas: current,
      reason: 'HoldFailing',
      message: `Of ${counted(current, 'worker')} ${ready} are ready (${failing}): more of them would fail as well`,
    }
  }
  if (ready < current) {
    return { replicas: current, reason: 'Starting', message: `Of ${counted(current, 'worker')} ${ready} are ready yet` }
  }
  const come =
    work.arrivalsPerSecond === null ? 'an unknown number comes' : `${grouped(work.arrivalsPerSecond)} a second come`
  const perWorker = perWorkerIn(seen)
  return {
    replicas: current,
    reason: 'Steady',
    message: `${counted(current, 'worker')} suffice: ${counted(work.backlog, 'entry waits', 'entries wait')} and ${come} in${perWorker === undefined ? '' : `, of which one worker gets ${grouped(perWorker)} done`}`,
  }
}
