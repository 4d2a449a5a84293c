import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** In MB. */
export interface Memory {
  readonly now: number
  readonly peak: number
}

/** Resident memory now, and the most it ever was. */
export function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const megabytes = (field: string) => Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1_024
  return { now: megabytes('VmRSS'), peak: megabytes('VmHWM') }
}

/** Seconds of processor time so far. */
export function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

const ESTABLISHED = '01'

/** Open TCP connections of a process to that port. */
export function connectionsOf(pid: number, port: number): number {
  const sockets = new Set(readdirSync(`/proc/${pid}/fd`).map((fd) => targetOf(`/proc/${pid}/fd/${fd}`)))
  const lines = readFileSync(`/proc/${pid}/net/tcp`, 'utf8').trim().split('\n').slice(1)
  return lines.filter((line) => {
    const fields = line.trim().split(/\s+/)
    const [remote = '', state, inode] = [fields[2], fields[3], fields[9]]
    return (
      state === ESTABLISHED &&
      Number.parseInt(remote.split(':')[1] ?? '', 16) === port &&
      sockets.has(`socket:[${inode}]`)
    )
  }).length
}

/** Nothing for one that was closed meanwhile. */
function targetOf(link: string): string {
  try {
    return readlinkSync(link)
  } catch {
    return ''
  }
}
