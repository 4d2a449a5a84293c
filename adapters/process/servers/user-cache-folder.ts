import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where this project keeps what it fetched or built for this user, and can fetch or build again. */
export function userCacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'metrics-pipeline-operator')
}
