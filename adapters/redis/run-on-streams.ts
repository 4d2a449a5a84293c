import type { CommandSender } from './command-sender.ts'

/** While a script runs its server does nothing else, so there is a limit to what one may look at. */
const LEAST_SHARE = 1 / 16

export interface RunOptions {
  readonly values?: readonly (string | number)[]
  /** How much a stream takes up of what one command may do; 1 is all of it. */
  readonly shareOf?: ((stream: string) => number) | undefined
}

/**
 * Runs a script that writes nothing on streams, and gives the text that it returns for each command, with the streams of that command. As few
 * commands as can be, all sent together; in a cluster one for each stream, for no script may use the keys of several servers.
 */
export async function runOnStreams(
  sender: CommandSender,
  script: string,
  streams: readonly string[],
  { values = [], shareOf = () => LEAST_SHARE }: RunOptions = {},
): Promise<readonly { readonly streams: readonly string[]; readonly text: string }[]> {
  const parts = divide(streams, sender.streamsInACommand, shareOf)
  const replies = await sender.send(parts.map((part) => ['eval_ro', script, part.length, ...part, ...values]))
  return parts.map((part, i) => ({ streams: part, text: replies[i] as string }))
}

/** In order. */
function divide(
  streams: readonly string[],
  most: number,
  shareOf: (stream: string) => number,
): readonly (readonly string[])[] {
  const parts: string[][] = []
  let left = 0
  for (const stream of streams) {
    const share = Math.max(LEAST_SHARE, shareOf(stream))
    const part = parts.at(-1)
    if (part !== undefined && share <= left && part.length < most) part.push(stream)
    else {
      parts.push([stream])
      left = 1
    }
    left -= share
  }
  return parts
}
