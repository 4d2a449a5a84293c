import { execFile } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { ServerError } from './server-error.ts'

/** A server whose owner was killed needs this long to notice and to close its files. */
const HAND_OVER_MS = 5_000
const POLL_MS = 100

/**
 * Makes sure that nothing else runs on a server's files. `pidFile` starts with the process that last did; `isOurs` tells by its command
 * line whether it is still that server or another process that got the same number. A file left behind by a crash is removed.
 */
export async function awaitFormerServer(
  dataDir: string,
  pidFile: string,
  isOurs: (command: string) => boolean,
  log: (message: string) => void,
): Promise<void> {
  const deadline = performance.now() + HAND_OVER_MS
  let told = false
  while (true) {
    const pid = await readPid(pidFile)
    if (pid === undefined) return
    const command = await commandLine(pid)
    if (command === undefined || !isOurs(command)) return await rm(pidFile, { force: true })
    if (performance.now() > deadline) {
      throw new ServerError(
        'in-use',
        `${dataDir} is in use by process ${pid}: does a pipeline run here already? Stop it, use another folder, or name servers in DATABASE_URL and REDIS_URL`,
      )
    }
    if (!told) log(`waiting for process ${pid} to leave ${dataDir}`)
    told = true
    await delay(POLL_MS)
  }
}

async function readPid(path: string): Promise<number | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const pid = Number.parseInt(text, 10)
  return pid > 0 ? pid : undefined
}

/** Nothing for a process that is gone, or that has ended and was not yet collected. */
async function commandLine(pid: number): Promise<string | undefined> {
  try {
    const text = process.platform === 'linux' ? await readFile(`/proc/${pid}/cmdline`, 'utf8') : await askPs(pid)
    return text.replaceAll('\0', ' ').trim() || undefined
  } catch {
    return undefined
  }
}

async function askPs(pid: number): Promise<string> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)])
  return stdout
}
