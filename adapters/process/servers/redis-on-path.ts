import { delimiter } from 'node:path'
import { findOnPath } from './find-on-path.ts'
import { REDIS_PROGRAM_NAMES, type RedisProgram } from './redis-program.ts'

/** Where distributions keep servers; often not on the PATH of a user who is not root. */
const SERVER_FOLDERS = ['/usr/sbin', '/usr/local/sbin']

/** The Redis or Valkey server that is installed, if one is. */
export async function findRedisOnPath(path: string): Promise<RedisProgram | undefined> {
  const folders = [path, ...SERVER_FOLDERS].join(delimiter)
  for (const name of REDIS_PROGRAM_NAMES) {
    const file = await findOnPath(name, folders)
    if (file !== undefined) return { file, env: {}, how: file }
  }
  return undefined
}
