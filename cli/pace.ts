import { wait } from '../adapters/process/wait.ts'

/** Awaited after each part with what was published so far: holds back so that on average no more than that many a second are. */
export type Pace = (published: number, stop: AbortSignal) => Promise<void>

export function createPace(perSecond: number): Pace {
  const startedAt = performance.now()
  return async (published, stop) => {
    const ahead = (published / perSecond) * 1_000 - (performance.now() - startedAt)
    if (ahead > 0) await wait(ahead, stop)
  }
}
