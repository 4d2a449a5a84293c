import { statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { PipelineFile } from './ask-thread.ts'

export interface FolderChange {
  /** By the pipeline's name: those that are new, or whose file is another one now. */
  readonly changed: ReadonlyMap<string, PipelineFile>
  readonly gone: readonly string[]
}

const SUFFIX = '.yaml'

/**
 * A folder with one file for each pipeline. Mounted files are replaced as a whole, by a link that leads elsewhere from one moment to the next,
 * so what is compared is what each name leads to.
 */
export class PipelineFolder {
  readonly #folder: string
  readonly #read: (files: readonly string[]) => Promise<readonly PipelineFile[]>
  #known: ReadonlyMap<string, string> = new Map()

  constructor(folder: string, read: (files: readonly string[]) => Promise<readonly PipelineFile[]>) {
    this.#folder = folder
    this.#read = read
  }

  /** What is different since the last time. Throws where the folder cannot be read. */
  async changes(): Promise<FolderChange> {
    const found = await this.#list()
    const names = [...found.keys()].filter((name) => found.get(name) !== this.#known.get(name))
    const files =
      names.length === 0 ? [] : await this.#read(names.map((name) => join(this.#folder, `${name}${SUFFIX}`)))
    const gone = [...this.#known.keys()].filter((name) => !found.has(name))
    this.#known = found // a file that was replaced meanwhile is another one the next time
    return { changed: new Map(names.map((name, i) => [name, files[i] as PipelineFile])), gone }
  }

  /** The pipelines' names, and what tells one state of a file from another. */
  async #list(): Promise<ReadonlyMap<string, string>> {
    const files = (await readdir(this.#folder)).filter((name) => name.endsWith(SUFFIX) && !name.startsWith('.'))
    return new Map(
      files.flatMap((name) => {
        const state = stateOf(join(this.#folder, name))
        return state === undefined ? [] : [[name.slice(0, -SUFFIX.length), state] as const]
      }),
    )
  }
}

/** In place, for a mounted file is in memory: to hand a thousand of them over to other threads each second would cost nearly three times as much. */
function stateOf(file: string): string | undefined {
  try {
    const { ino, mtimeNs, size } = statSync(file, { bigint: true })
    return `${ino} ${mtimeNs} ${size}`
  } catch {
    return undefined // gone between two moments
  }
}
