import { contentHash } from '../numbers/content-hash.ts'

/** A short name for a JSON value, the same for equal values whatever the order of their keys: 11 letters and digits at most. */
export function fingerprint(value: unknown): string {
  return BigInt(contentHash(canonicalJson(value), 0)).toString(36)
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`).join()}}`
}
