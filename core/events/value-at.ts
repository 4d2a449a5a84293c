/** What stands in an event's data under these keys, one below the other; undefined where there is nothing. */
export function valueAt(data: Readonly<Record<string, unknown>>, keys: readonly string[]): unknown {
  let value: unknown = data
  for (const key of keys) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}
