import { execFile } from 'node:child_process'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { throwAwayFolder } from './throw-away-folder.ts'

const run = promisify(execFile)

const PIECE = Buffer.alloc(4_096)

/** A disk of a few megabytes, for a server whose disk a test fills up. */
export class SmallDisk implements AsyncDisposable {
  readonly #mountPoint: string

  private constructor(mountPoint: string) {
    this.#mountPoint = mountPoint
  }

  /** Undefined where this process may not mount one. */
  static async mount(megabytes: number): Promise<SmallDisk | undefined> {
    const mountPoint = await throwAwayFolder()
    try {
      await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'tmpfs', mountPoint])
      return new SmallDisk(mountPoint)
    } catch {
      await rm(mountPoint, { recursive: true })
      return undefined
    }
  }

  /** For the server's files. */
  get folder(): string {
    return join(this.#mountPoint, 'server')
  }

  /** Leaves not a byte. */
  async fill(): Promise<void> {
    const filler = await open(this.#filler, 'w')
    try {
      for (;;) await filler.write(PIECE)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    } finally {
      await filler.close()
    }
  }

  async free(): Promise<void> {
    await rm(this.#filler)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run('umount', [this.#mountPoint])
    await rm(this.#mountPoint, { recursive: true })
  }

  get #filler(): string {
    return join(this.#mountPoint, 'filler')
  }
}
