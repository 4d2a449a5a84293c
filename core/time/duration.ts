const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

const PATTERN = /^(?:\d+(?:ms|s|m|h|d))+$/

/** Milliseconds of a duration written as in Kubernetes objects (`30s`, `1h30m`, `7d`); undefined when it is not one. */
export function parseDurationMs(text: string): number | undefined {
  if (!PATTERN.test(text)) return undefined
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|s|m|h|d)/g)) {
    total += Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS]
  }
  return Number.isSafeInteger(total) ? total : undefined
}
