import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isRunning } from './is-running.ts'

const PREFIX = 'metrics-pipeline-test-'
const ALL_MAY_ENTER = 0o755

/** As root PostgreSQL runs as another user, who must be able to get there. */
const PARENT = process.getuid?.() === 0 ? '/var/tmp' : tmpdir()

/** A new folder. Whoever made it removes it; should that be killed, the end of a test run does, or the next one's beginning. */
export async function throwAwayFolder(): Promise<string> {
  const folder = await mkdtemp(join(PARENT, `${PREFIX}${process.pid}-`))
  await chmod(folder, ALL_MAY_ENTER)
  return folder
}

/** Removes what processes of tests left behind that were killed, as far as it lets itself be removed. */
export async function sweepThrowAwayFolders(): Promise<void> {
  for (const name of await readdir(PARENT)) {
    const owner = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : Number.NaN
    if (owner > 0 && !isRunning(owner)) await rm(join(PARENT, name), { recursive: true }).catch(() => undefined)
  }
}
