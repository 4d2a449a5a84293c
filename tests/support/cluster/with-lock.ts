import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { isRunning } from '../is-running.ts'

const POLL_MS = 500

/**
 * Runs `work` while no other process of this machine that asks for the same lock file does. What is under it is put in its place by one rename,
 * so that the moment at which two could take over the lock of one that was killed costs time, not truth.
 */
export async function withLock<T>(file: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true })
  for (let waits = false; !(await take(file)); waits = true) {
    if (!waits) onWait()
    await delay(POLL_MS)
  }
  try {
    return await work()
  } finally {
    await rm(file, { force: true })
  }
}

async function take(file: string): Promise<boolean> {
  try {
    await writeFile(file, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const owner = Number(await readFile(file, 'utf8').catch(() => ''))
  if (owner > 0 && !isRunning(owner)) await rm(file, { force: true }) // killed while it had it
  return false
}
