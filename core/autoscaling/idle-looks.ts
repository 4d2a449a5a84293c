/** The first two looks at the source since nothing is left to do, by when they began. */
export interface IdleLooks {
  readonly first: string
  readonly second: string | null
}

/** A look that seems to be older than one before it is of another observer, which goes by another clock. */
export function followIdle(looks: IdleLooks | null, sourceAt: string): IdleLooks {
  if (looks === null || sourceAt < (looks.second ?? looks.first)) return { first: sourceAt, second: null }
  return looks.second !== null || sourceAt === looks.first ? looks : { ...looks, second: sourceAt }
}

/**
 * Whether the database was looked at after the first look at the source had ended. Only then it shows what the last entries left to do: a
 * worker marks entities before it acknowledges. The second look began after the first had ended.
 */
export function isProven(looks: IdleLooks | null, databaseAt: string): boolean {
  return looks !== null && looks.second !== null && databaseAt >= looks.second
}
