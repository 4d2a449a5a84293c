import type { CommandSender } from './command-sender.ts'
import { loadLua } from './load-lua.ts'
import { runOnStreams } from './run-on-streams.ts'

const LAST_IDS = loadLua('last-ids')

/** The greatest id that each stream ever gave; empty where there is no such stream. Tells that something was added for a tenth of a look. */
export async function readLastIds(sender: CommandSender, streams: readonly string[]): Promise<readonly string[]> {
  return (await runOnStreams(sender, LAST_IDS, streams)) as string[]
}
