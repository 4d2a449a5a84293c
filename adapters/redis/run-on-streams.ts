import type { CommandSender } from './command-sender.ts'

/** While a script runs its server does nothing else, so there is a limit to what one may look at. */
const STREAMS_AT_ONCE = 16

/**
 * Runs a script that writes nothing on streams, and gives what it returns for each of them, in order. As few commands as can be, all sent
 * together; in a cluster one for each stream, for no script may use the keys of several servers.
 */
export async function runOnStreams(
  sender: CommandSender,
  script: string,
  streams: readonly string[],
  {
    atOnce = STREAMS_AT_ONCE,
    values = [],
  }: { readonly atOnce?: number; readonly values?: readonly (string | number)[] } = {},
): Promise<readonly unknown[]> {
  const size = Math.min(atOnce, sender.streamsInACommand)
  const parts = Array.from({ length: Math.ceil(streams.length / size) }, (_, i) =>
    streams.slice(i * size, (i + 1) * size),
  )
  const replies = await sender.send(parts.map((part) => ['eval_ro', script, part.length, ...part, ...values]))
  return (replies as unknown[][]).flat()
}
