/** A reply of XINFO by its fields' names: it comes as name, value, name, value. */
export function infoRecord(flat: readonly unknown[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Array.from({ length: flat.length / 2 }, (_, i) => [String(flat[2 * i]), flat[2 * i + 1]]))
}
