import type { Clock } from '../../core/time/clock.ts'
import { MICROS_PER_MILLISECOND } from '../../core/time/instant.ts'

export const systemClock: Clock = {
  now: () => Math.round((performance.timeOrigin + performance.now()) * MICROS_PER_MILLISECOND),
  monotonicMs: () => performance.now(),
}
