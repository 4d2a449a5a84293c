import { stat } from 'node:fs/promises'
import { wait } from '../adapters/process/wait.ts'

const LOOK_EVERY_MS = 2_000

/**
 * Tells of a file as it is, and again whenever it became another one: was written, or replaced, as a mounted folder replaces all that it shows.
 * By looking now and then, for not every folder tells. A file that is not there, or no more, is nothing to tell.
 */
export async function watchFile(path: string, onChange: () => Promise<void>, stop: AbortSignal): Promise<void> {
  let last: string | undefined
  while (!stop.aborted) {
    const traits = await traitsOf(path)
    if (traits !== undefined && traits !== last) await onChange()
    last = traits ?? last
    await wait(LOOK_EVERY_MS, stop)
  }
}

async function traitsOf(path: string): Promise<string | undefined> {
  try {
    const { dev, ino, size, mtimeMs } = await stat(path)
    return [dev, ino, size, mtimeMs].join()
  } catch {
    return undefined
  }
}
