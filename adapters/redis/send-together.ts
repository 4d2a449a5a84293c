import { Cluster } from 'ioredis'
import type { RedisClient } from './redis-client.ts'

/** A command on one stream: its name, the stream, and whatever follows. Or a script on streams, which in a cluster is only one. */
export type StreamCommand =
  | readonly [name: string, stream: string, ...rest: (string | number | Buffer)[]]
  | readonly [name: 'eval_ro', script: string, keys: number, ...streamsAndRest: (string | number)[]]

type Replies = readonly [error: Error | null, reply: unknown][]

/**
 * Sends commands without waiting for one another, and gives their replies in order. Throws the first error, when all others were executed all
 * the same. In a cluster the streams may be on several servers, so those of each stream travel by themselves.
 */
export async function sendTogether(
  client: RedisClient,
  commands: readonly StreamCommand[],
): Promise<readonly unknown[]> {
  const replies = client instanceof Cluster ? await sendByStream(client, commands) : await send(client, commands)
  return replies.map(([error, reply]) => {
    if (error !== null) throw error
    return reply
  })
}

async function sendByStream(client: RedisClient, commands: readonly StreamCommand[]): Promise<Replies> {
  const numbered = commands.map((command, number) => ({ command, number }))
  const replies: [Error | null, unknown][] = []
  await Promise.all(
    [...Map.groupBy(numbered, ({ command }) => streamOf(command)).values()].map(async (ofStream) => {
      const own = await send(
        client,
        ofStream.map(({ command }) => command),
      )
      for (const [i, { number }] of ofStream.entries()) replies[number] = own[i] as [Error | null, unknown]
    }),
  )
  return replies
}

function streamOf([name, second, , fourth]: StreamCommand): string {
  return name === 'eval_ro' ? String(fourth) : second
}

/** Over one connection, whatever each of them says. */
export async function send(client: RedisClient, commands: readonly StreamCommand[]): Promise<Replies> {
  return (await client.pipeline(commands.map((command) => [...command])).exec()) ?? []
}
