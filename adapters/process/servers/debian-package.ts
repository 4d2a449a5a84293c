import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { outputOf } from './output-of.ts'
import { userCacheFolder } from './user-cache-folder.ts'

type Log = (message: string) => void

export interface WantedPackage<Found> {
  /** What people call it. */
  readonly title: string
  /** Packages that have it; the first that this system knows is taken. */
  readonly names: readonly string[]
  /** Looks for it in a folder into which the package was unpacked. */
  readonly find: (folder: string) => Promise<Found | undefined>
  /** The one file of the package that is wanted, which needs no other package. */
  readonly file?: string
}

const RELATIONS = /^\s*\|?(?:Pre)?Depends: ([a-z0-9][a-z0-9+.-]*)(?::any)?$/gm

/**
 * A program from the packages of this Debian or Ubuntu, unpacked for this user without installing it: needs apt's package lists, not root.
 * Downloaded once. Nothing where there is no apt or no such package.
 */
export async function unpackDebianPackage<Found>(wanted: WantedPackage<Found>, log: Log): Promise<Found | undefined> {
  const release = await debianRelease()
  if (release === undefined) return undefined
  const { title, names, find, file } = wanted
  const folder = join(userCacheFolder(), `${title.toLowerCase()}-${release}-${process.arch}`)
  const unpacked = await find(folder)
  if (unpacked !== undefined) return unpacked

  const name = await availablePackage(names, log)
  if (name === undefined) return undefined
  log(`no ${title} is installed: unpacking this system's package ${name} into ${folder}`)
  await mkdir(userCacheFolder(), { recursive: true })
  const unfinished = await mkdtemp(`${folder}-`)
  try {
    await unpack(name, file, unfinished, log)
    await rm(folder, { recursive: true, force: true })
    await rename(unfinished, folder)
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
  return await find(folder)
}

/** `debian-12`: packages of one release do not run on another. */
async function debianRelease(): Promise<string | undefined> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '')
  const field = (name: string) => new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(text)?.[1]
  const family = `${field('ID')} ${field('ID_LIKE') ?? ''}`
  return /\b(debian|ubuntu)\b/.test(family) ? `${field('ID')}-${field('VERSION_ID') ?? 'rolling'}` : undefined
}

/** Fresh machines have no package lists; only root may fetch them. */
async function availablePackage(names: readonly string[], log: Log): Promise<string | undefined> {
  const known = await knownPackage(names)
  if (known !== undefined || !mayUpdateLists() || (await hasPackageLists())) return known
  await updateLists(log)
  return await knownPackage(names)
}

function mayUpdateLists(): boolean {
  return process.getuid?.() === 0
}

async function updateLists(log: Log): Promise<void> {
  log('fetching the package lists of this system: apt-get update')
  await run('apt-get', ['update', '-qq'])
}

async function knownPackage(names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    const policy = await run('apt-cache', ['policy', name])
    if (policy !== undefined && /Candidate: \d/.test(policy)) return name
  }
  return undefined
}

async function hasPackageLists(): Promise<boolean> {
  const files = await readdir('/var/lib/apt/lists').catch(() => [])
  return files.some((file) => file.endsWith('Packages') || /_Packages\.\w+$/.test(file))
}

/** `name` and all that it needs and this system lacks. What is installed has what it needs. */
async function missingPackages(name: string): Promise<string[]> {
  const missing = new Set<string>()
  const open = [name]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (missing.has(next) || (next !== name && (await isInstalled(next)))) continue
    const relations = await run('apt-cache', ['depends', '--important', next])
    if (relations === undefined) continue // a virtual package: whatever provides it is listed by itself where it matters
    missing.add(next)
    open.push(...[...relations.matchAll(RELATIONS)].map((match) => match[1] ?? ''))
  }
  return [...missing]
}

async function isInstalled(name: string): Promise<boolean> {
  return (await run('dpkg', ['-s', name]))?.includes('Status: install ok installed') === true
}

async function unpack(name: string, file: string | undefined, folder: string, log: Log): Promise<void> {
  const packages = async () => (file === undefined ? await missingPackages(name) : [name])
  const download = async () =>
    await promisify(execFile)('apt-get', ['download', '-qq', ...(await packages())], { cwd: folder })
  await download().catch(async (error: unknown) => {
    if (!mayUpdateLists()) throw error
    await updateLists(log) // old lists name versions that the archive no longer has
    await download()
  })
  for (const archive of (await readdir(folder)).filter((entry) => entry.endsWith('.deb'))) {
    await promisify(execFile)('dpkg', ['-x', join(folder, archive), folder])
    await rm(join(folder, archive))
  }
  if (file !== undefined) await keepOnly(file, folder)
}

async function keepOnly(file: string, folder: string): Promise<void> {
  const unpacked = await readdir(folder)
  await rename(join(folder, file), join(folder, basename(file)))
  for (const entry of unpacked) await rm(join(folder, entry), { recursive: true })
}

/** In a language that is known. */
async function run(file: string, args: readonly string[]): Promise<string | undefined> {
  return await outputOf(file, args, { ...process.env, LC_ALL: 'C' })
}
