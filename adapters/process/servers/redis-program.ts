/** A Redis server that can be run, or its free twin Valkey. */
export interface RedisProgram {
  readonly file: string
  /** What it needs in its environment to find its libraries. */
  readonly env: Readonly<Record<string, string>>
  /** One clause for people. */
  readonly how: string
}

/** Valkey speaks the same protocol and is what some distributions ship instead. */
export const REDIS_PROGRAM_NAMES: readonly string[] = ['redis-server', 'valkey-server']
