import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

export interface ListedProcess {
  readonly pid: number
  readonly parent: number
  /** The command line, for everybody on the machine to see. */
  readonly command: string
}

const LARGEST_LIST = 1 << 26

/** Every process that runs; those that have ended and wait to be collected do not. */
export async function listProcesses(): Promise<readonly ListedProcess[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axwwo', 'pid=,ppid=,stat=,args='], { maxBuffer: LARGEST_LIST })
  return [...stdout.matchAll(/^ *(\d+) +(\d+) +([^Z]\S*) +(.*)$/gm)].map(([, pid, parent, , command]) => ({
    pid: Number(pid),
    parent: Number(parent),
    command: command ?? '',
  }))
}

/** What a process has started, and what that has started, and so on. */
export async function descendantsOf(pid: number): Promise<readonly ListedProcess[]> {
  const all = await listProcesses()
  const found: ListedProcess[] = []
  for (let parents = [pid]; parents.length > 0; ) {
    const children = all.filter(({ parent }) => parents.includes(parent))
    found.push(...children)
    parents = children.map((child) => child.pid)
  }
  return found
}

/** Those of these processes that still run. */
export async function stillRunning(processes: readonly ListedProcess[]): Promise<readonly ListedProcess[]> {
  const pids = new Set((await listProcesses()).map(({ pid }) => pid))
  return processes.filter(({ pid }) => pids.has(pid))
}
