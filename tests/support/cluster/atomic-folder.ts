import { chmod, mkdir, mkdtemp, readdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export interface VolumeFile {
  readonly content: Buffer
  readonly mode: number
}

const DATA = '..data'

/**
 * Makes these the files of the folder, all at the same instant, as the kubelet does: each name is a link into `..data`, which is a link to
 * a folder with a time for a name, and only that link is replaced. A reader sees the old files or the new ones.
 */
export async function replaceFiles(folder: string, files: ReadonlyMap<string, VolumeFile>): Promise<void> {
  await mkdir(folder, { recursive: true })
  const former = await readlink(join(folder, DATA)).catch(() => undefined)
  const next = await mkdtemp(join(folder, '..'))
  await chmod(next, 0o755)
  for (const [path, { content, mode }] of files) {
    await mkdir(dirname(join(next, path)), { recursive: true })
    await writeFile(join(next, path), content, { mode })
  }
  await replaceLink(next, join(folder, DATA))
  const names = new Set([...files.keys()].map((path) => path.split('/')[0] ?? path))
  for (const name of names) await replaceLink(join(DATA, name), join(folder, name))
  if (former !== undefined) await removeFormer(folder, former, names)
}

async function replaceLink(target: string, link: string): Promise<void> {
  await symlink(target, `${link}.new`)
  await rename(`${link}.new`, link)
}

async function removeFormer(folder: string, former: string, names: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(former)) if (!names.has(name)) await rm(join(folder, name), { force: true })
  await rm(former, { recursive: true })
}
