import { createWriteStream, mkdirSync, renameSync, statSync, type WriteStream } from 'node:fs'
import { join } from 'node:path'

/** Above this a log is set aside when its process starts again; the one before it goes. */
const LARGEST_LOG = 16 * 1024 * 1024

/** Opens a process's log file for appending, with what it said last time before it. */
export function openProcessLog(folder: string, name: string): WriteStream {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${name}.log`)
  if (sizeOf(path) > LARGEST_LOG) renameSync(path, `${path}.1`)
  return createWriteStream(path, { flags: 'a' })
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
