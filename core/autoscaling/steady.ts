import { BUSY_SHARE, TOLERANCE } from './demand.ts'
import { perWorkerIn } from './supply.ts'
import type { Seen, Verdict } from './verdict.ts'
import { counted, lasting } from './wording.ts'
import { loadInWords, rate } from './words.ts'

/** Nothing asks for another number. */
export function steady(seen: Seen): Verdict {
  const { work, current, input, memory, room } = seen
  const { ready, failing } = input.fleet
  const says = (reason: Verdict['reason'], message: string): Verdict => ({ replicas: current, reason, message })
  const keeps = `Keeps ${counted(current, 'worker')}`
  if (ready < current && failing !== undefined) {
    return says('HoldFailing', `${keeps}: ${ready} are ready (${failing}), and more of them would fail as well`)
  }
  if (ready < current) return says('Starting', `${keeps}, of which ${ready} are ready yet: ${loadInWords(work)}`)
  if (work.arrivalsPerSecond === null) return says('HoldUnknown', `${keeps}: ${loadInWords(work)}`)
  if (memory.idleSinceMs !== null) {
    const goes =
      room.least > 0
        ? `minReplicas is ${room.least}`
        : `none is left when it stays so for ${lasting(input.settings.idleAfterMs)}`
    return says('Idle', `${keeps} with nothing to do: ${goes}`)
  }
  return says('Steady', `${keeps}: ${loadInWords(work)}${untilWhen(seen)}`)
}

/** From how many entries a second on another worker would be asked for. */
function untilWhen(seen: Seen): string {
  const perWorker = perWorkerIn(seen)
  if (perWorker === undefined || seen.current >= seen.room.most) return ''
  return `; more workers from ${rate(seen.current * (1 + TOLERANCE) * BUSY_SHARE * perWorker)} on`
}
