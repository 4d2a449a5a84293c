import { setTimeout as delay } from 'node:timers/promises'

/** Waits, or less when the signal is aborted; not at all for what is over already. Never throws. */
export async function wait(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await delay(Math.max(0, ms), undefined, { signal }).catch(() => undefined) // an abort ends the wait; nothing else can fail it
}
