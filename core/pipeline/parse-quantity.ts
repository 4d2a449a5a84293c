import type { Quantity } from './pod-settings.ts'

const PATTERN = /^(\d+(?:\.\d+)?)(m|[kMGTPE]|[KMGTPE]i)?$/

const FACTORS: Readonly<Record<string, number>> = {
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

/** The number behind a quantity of Kubernetes: `500m` is 0.5, `1Ki` is 1024; undefined when it is none. */
export function parseQuantity(quantity: Quantity): number | undefined {
  const [, digits, unit] = PATTERN.exec(String(quantity)) ?? []
  return digits === undefined ? undefined : Number(digits) * (unit === undefined ? 1 : (FACTORS[unit] ?? Number.NaN))
}
