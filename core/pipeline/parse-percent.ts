const PATTERN = /^(\d+(?:\.\d+)?)%$/

/** The fraction that a percentage stands for: `12.5%` is 0.125; undefined when it is none. */
export function parsePercent(text: string): number | undefined {
  const [, digits] = PATTERN.exec(text) ?? []
  return digits === undefined ? undefined : Number(digits) / 100
}
