import { ReplyError } from 'ioredis'

/**
 * Whether a server of Redis answered, and said no: it would do so again at once, and nothing was lost on the way. By the class, for the name
 * that such an error goes by is what a bundler has made of the class's.
 */
export function isRefusal(error: unknown): boolean {
  return error instanceof ReplyError
}
