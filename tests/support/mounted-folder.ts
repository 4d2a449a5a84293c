import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/**
 * A volume as the kubelet mounts it: all files are in a folder of that moment, a link leads there, and each name is a link through that one. A
 * change is a new folder, and one renaming of the link.
 */
export class MountedFolder implements AsyncDisposable {
  readonly path: string
  #files: Readonly<Record<string, string>> = {}
  #moment = 0

  private constructor(path: string) {
    this.path = path
  }

  static async create(files: Readonly<Record<string, string | undefined>> = {}): Promise<MountedFolder> {
    const folder = new MountedFolder(await mkdtemp(join(tmpdir(), 'metrics-pipeline-mounted-')))
    await folder.change(files)
    return folder
  }

  pathOf(name: string): string {
    return join(this.path, name)
  }

  /** All files at once, in place of those before; a name may lead through a folder. */
  async set(files: Readonly<Record<string, string>>): Promise<void> {
    const moment = `..moment-${this.#moment++}`
    for (const [name, text] of Object.entries(files)) {
      const file = join(this.path, moment, name)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, text)
    }
    await mkdir(join(this.path, moment), { recursive: true })
    await symlink(moment, join(this.path, '..data_tmp'))
    await rename(join(this.path, '..data_tmp'), join(this.path, '..data'))
    const [before, now] = [topNames(this.#files), topNames(files)]
    for (const name of now.filter((each) => !before.includes(each)))
      await symlink(join('..data', name), join(this.path, name))
    for (const name of before.filter((each) => !now.includes(each))) await rm(join(this.path, name))
    await rm(join(this.path, `..moment-${this.#moment - 2}`), { recursive: true, force: true })
    this.#files = files
  }

  /** Some files beside, or in place of, those that there are; undefined takes one away. */
  async change(files: Readonly<Record<string, string | undefined>>): Promise<void> {
    const all = Object.entries({ ...this.#files, ...files }).filter(([, text]) => text !== undefined)
    await this.set(Object.fromEntries(all) as Record<string, string>)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true })
  }
}

function topNames(files: Readonly<Record<string, string>>): readonly string[] {
  return [...new Set(Object.keys(files).map((name) => name.split('/')[0] as string))]
}
