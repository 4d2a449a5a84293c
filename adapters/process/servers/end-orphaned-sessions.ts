import { readdir, readlink } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

const DEADLINE_MS = 5_000
const POLL_MS = 50

/**
 * Ends what a PostgreSQL leaves running when it is killed: a session that is busy computing does not notice for as long as it computes, and
 * until then no server can start on the same files. Sessions are known by the folder they work in, which is the cluster's and nobody else's.
 * Call it only when the server itself is gone. Systems without /proc have to wait for the sessions instead.
 */
export async function endOrphanedSessions(cluster: string): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS
  for (let orphans = await workingIn(cluster); orphans.length > 0; orphans = await workingIn(cluster)) {
    for (const pid of orphans) end(pid)
    if (performance.now() > deadline) return // PostgreSQL itself says what is wrong
    await delay(POLL_MS)
  }
}

async function workingIn(folder: string): Promise<number[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  const folders = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => undefined))) // not ours, or gone
  return pids.filter((_, index) => folders[index] === folder).map(Number)
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL') // the next start recovers from the log either way
  } catch {
    // it ended by itself
  }
}
