import { join } from 'node:path'
import { unpackDebianPackage } from './debian-package.ts'
import { outputOf } from './output-of.ts'
import { REDIS_PROGRAM_NAMES, type RedisProgram } from './redis-program.ts'

const TRIPLETS: Readonly<Partial<Record<NodeJS.Architecture, string>>> = {
  x64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
}

/** The Redis server of this Debian or Ubuntu, unpacked and not installed. Nothing where there is none to be had so. */
export async function unpackRedisPackages(log: (message: string) => void): Promise<RedisProgram | undefined> {
  return await unpackDebianPackage({ title: 'Redis', names: REDIS_PROGRAM_NAMES, find: findProgram }, log)
}

async function findProgram(folder: string): Promise<RedisProgram | undefined> {
  const triplet = TRIPLETS[process.arch] ?? ''
  const env = { LD_LIBRARY_PATH: [`usr/lib/${triplet}`, `lib/${triplet}`].map((path) => join(folder, path)).join(':') }
  for (const name of REDIS_PROGRAM_NAMES) {
    const file = join(folder, 'usr/bin', name)
    if ((await outputOf(file, ['--version'], { ...process.env, ...env })) !== undefined) {
      return { file, env, how: `${name} from this system's packages, unpacked in ${folder}` }
    }
  }
  return undefined
}
