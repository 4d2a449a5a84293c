import { Cluster } from 'ioredis'
import type { RedisClient } from './redis-client.ts'
import { type StreamCommand, sendTogether } from './send-together.ts'

/** Whoever has commands on streams sent, be it over a connection of its own or over one that others use too. */
export interface CommandSender {
  /** How many streams one command may name, if there is a limit: in a cluster the next one may be on another server. */
  readonly streamsInACommand: number
  /** Gives the replies in order, or throws the first error. */
  send(commands: readonly StreamCommand[]): Promise<readonly unknown[]>
}

export function senderOf(client: RedisClient): CommandSender {
  return {
    streamsInACommand: client instanceof Cluster ? 1 : Number.POSITIVE_INFINITY,
    send: (commands) => sendTogether(client, commands),
  }
}
