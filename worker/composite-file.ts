import { readFile, stat } from 'node:fs/promises'
import type { WantedComposite } from '../core/pipeline/wanted-composite.ts'

/**
 * When the score is calculated, as a file says it that may be replaced while the worker runs. Whoever wrote it has checked it. Mounted files
 * are replaced as a whole, by a link that leads elsewhere from one moment to the next, so what is compared is what the name leads to.
 */
export class CompositeFile {
  readonly #path: string
  #known = ''
  #wanted: WantedComposite | undefined

  constructor(path: string) {
    this.#path = path
  }

  /** What it says by now; undefined while it is not there. Throws where it cannot be read, and then says the same as before. */
  async read(): Promise<WantedComposite | undefined> {
    const state = await this.#state()
    if (state === undefined) this.#wanted = undefined
    else if (state !== this.#known) this.#wanted = JSON.parse(await readFile(this.#path, 'utf8')) as WantedComposite
    this.#known = state ?? ''
    return this.#wanted
  }

  async #state(): Promise<string | undefined> {
    const found = await stat(this.#path, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    return found && `${found.ino} ${found.mtimeNs} ${found.size}`
  }
}
