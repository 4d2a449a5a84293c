import type { CommandSender } from './command-sender.ts'
import { loadLua } from './load-lua.ts'
import { runOnStreams } from './run-on-streams.ts'

export const LAST_IDS = loadLua('last-ids')

/**
 * The greatest id that each stream ever gave, a space between them; nothing in the place of a stream that is not there. Tells that something was
 * added for a tenth of a look.
 */
export async function readLastIds(sender: CommandSender, streams: readonly string[]): Promise<string> {
  const replies = await runOnStreams(sender, LAST_IDS, streams)
  return replies.map(({ text }) => text).join(' ')
}
