import type { Clock } from '../../core/time/clock.ts'
import { MICROS_PER_MILLISECOND } from '../../core/time/instant.ts'

export const systemClock: Clock = {
  now: () => Date.now() * MICROS_PER_MILLISECOND, // performance.timeOrigin is not set right with the clock, nor after the machine has slept
  monotonicMs: () => performance.now(),
}
