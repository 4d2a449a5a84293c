import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** What a command prints; nothing when it is missing or fails. */
export async function outputOf(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  return await promisify(execFile)(file, args, { env }).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  )
}
