import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { REDIS_PROGRAM_NAMES, type RedisProgram } from './redis-program.ts'
import { userCacheFolder } from './user-cache-folder.ts'

type Log = (message: string) => void

const TRIPLETS: Readonly<Partial<Record<NodeJS.Architecture, string>>> = {
  x64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
}
const RELATIONS = /^\s*\|?(?:Pre)?Depends: ([a-z0-9][a-z0-9+.-]*)(?::any)?$/gm

/**
 * The Redis server of this Debian or Ubuntu, unpacked below `cacheDir` without installing it: needs apt's package lists, not root.
 * Downloaded once. Nothing where there is no apt or no such package.
 */
export async function unpackRedisPackages(log: Log, cacheDir = userCacheFolder()): Promise<RedisProgram | undefined> {
  const release = await debianRelease()
  if (release === undefined) return undefined
  const folder = join(cacheDir, `redis-${release}-${process.arch}`)
  const unpacked = await findProgram(folder)
  if (unpacked !== undefined) return unpacked

  const name = await availablePackage(log)
  if (name === undefined) return undefined
  log(`no Redis is installed: unpacking this system's package ${name} into ${folder}`)
  await mkdir(cacheDir, { recursive: true })
  const unfinished = await mkdtemp(`${folder}-`)
  try {
    await downloadAndUnpack(name, unfinished, log)
    await rm(folder, { recursive: true, force: true })
    await rename(unfinished, folder)
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
  return await findProgram(folder)
}

/** `debian-12`: packages of one release do not run on another. */
async function debianRelease(): Promise<string | undefined> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '')
  const field = (name: string) => new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(text)?.[1]
  const family = `${field('ID')} ${field('ID_LIKE') ?? ''}`
  return /\b(debian|ubuntu)\b/.test(family) ? `${field('ID')}-${field('VERSION_ID') ?? 'rolling'}` : undefined
}

async function findProgram(folder: string): Promise<RedisProgram | undefined> {
  const triplet = TRIPLETS[process.arch] ?? ''
  const env = { LD_LIBRARY_PATH: [`usr/lib/${triplet}`, `lib/${triplet}`].map((path) => join(folder, path)).join(':') }
  for (const name of REDIS_PROGRAM_NAMES) {
    const file = join(folder, 'usr/bin', name)
    if ((await run(file, ['--version'], { env: { ...process.env, ...env } })) !== undefined) {
      return { file, env, how: `${name} from this system's packages, unpacked in ${folder}` }
    }
  }
  return undefined
}

/** Fresh machines have no package lists; only root may fetch them. */
async function availablePackage(log: Log): Promise<string | undefined> {
  const known = await knownPackage()
  if (known !== undefined || !mayUpdateLists() || (await hasPackageLists())) return known
  await updateLists(log)
  return await knownPackage()
}

function mayUpdateLists(): boolean {
  return process.getuid?.() === 0
}

async function updateLists(log: Log): Promise<void> {
  log('fetching the package lists of this system: apt-get update')
  await run('apt-get', ['update', '-qq'])
}

async function knownPackage(): Promise<string | undefined> {
  for (const name of REDIS_PROGRAM_NAMES) {
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

async function downloadAndUnpack(name: string, folder: string, log: Log): Promise<void> {
  const download = async () =>
    await promisify(execFile)('apt-get', ['download', '-qq', ...(await missingPackages(name))], { cwd: folder })
  await download().catch(async (error: unknown) => {
    if (!mayUpdateLists()) throw error
    await updateLists(log) // old lists name versions that the archive no longer has
    await download()
  })
  for (const file of (await readdir(folder)).filter((entry) => entry.endsWith('.deb'))) {
    await promisify(execFile)('dpkg', ['-x', join(folder, file), folder])
    await rm(join(folder, file))
  }
}

/** What a command prints; nothing when it is missing or fails. */
async function run(
  file: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv } = {},
): Promise<string | undefined> {
  const env = options.env ?? { ...process.env, LC_ALL: 'C' }
  return await promisify(execFile)(file, args, { env }).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  )
}
