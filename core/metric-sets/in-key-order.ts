/**
 * The same data with the keys of every object in order. In which one they were written means nothing: Kubernetes stores objects without it,
 * so a definition must come to the same from there as from its file.
 */
export function inKeyOrder<T>(value: T): T {
  if (Array.isArray(value)) return value.map(inKeyOrder) as T
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, each]) => [key, inKeyOrder(each)])) as T
}
