/** So many at once, and so many a second in the long run. */
export interface BucketSize {
  readonly perSecond: number
  readonly burst: number
}

/** Less than nothing when tokens were promised that are still to come. */
export interface TokenBucket {
  readonly tokens: number
  readonly atMs: number
}

export function fullBucket({ burst }: BucketSize, nowMs: number): TokenBucket {
  return { tokens: burst, atMs: nowMs }
}

/** Takes a token, or promises the next that nobody was promised yet: first come, first served. */
export function takeToken(
  bucket: TokenBucket,
  { perSecond, burst }: BucketSize,
  nowMs: number,
): { readonly bucket: TokenBucket; readonly waitMs: number } {
  const tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.atMs) / 1_000) * perSecond) - 1
  return { bucket: { tokens, atMs: nowMs }, waitMs: Math.max(0, (-tokens / perSecond) * 1_000) }
}
