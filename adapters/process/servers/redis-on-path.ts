import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { REDIS_PROGRAM_NAMES, type RedisProgram } from './redis-program.ts'

/** Where distributions keep servers; often not on the PATH of a user who is not root. */
const SERVER_FOLDERS = ['/usr/sbin', '/usr/local/sbin']

/** The Redis or Valkey server that is installed, if one is. */
export async function findRedisOnPath(path: string): Promise<RedisProgram | undefined> {
  const folders = [...path.split(delimiter).filter((folder) => folder !== ''), ...SERVER_FOLDERS]
  for (const name of REDIS_PROGRAM_NAMES) {
    for (const folder of folders) {
      const file = join(folder, name)
      if (await isExecutable(file)) return { file, env: {}, how: `${file}` }
    }
  }
  return undefined
}

async function isExecutable(file: string): Promise<boolean> {
  return await access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
}
