import type { Redis } from 'ioredis'

const READS_CLOCK = "redis.call('TIME')"

/** A server for scripts, on which a test sets the time that they read. Every script is sent as its text, for none is known. */
export class ClockedRedis {
  readonly #redis: Redis
  nowMs: number

  constructor(redis: Redis, nowMs: number) {
    this.#redis = redis
    this.nowMs = nowMs
  }

  evalsha(): Promise<never> {
    return Promise.reject(new Error('NOSCRIPT there is none'))
  }

  eval(script: unknown, ...given: unknown[]): Promise<unknown> {
    const text = String(script)
    const time = `{ '${Math.floor(this.nowMs / 1_000)}', '${(this.nowMs % 1_000) * 1_000 + 999}' }`
    return this.#redis.call('EVAL', text.replace(READS_CLOCK, time), ...(given as string[]))
  }
}
