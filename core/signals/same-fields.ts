/** What an exporter says is objects and arrays down to texts and numbers. */
type Fields = Readonly<Record<string, unknown>>

/** Objects and arrays. */
function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}

/** Whether two have fields of the same names, each alike by `isAlike`. Field by field, for a thousand pipelines are compared every second. */
export function sameFields(
  before: unknown,
  now: unknown,
  isAlike: (name: string, before: unknown, now: unknown) => boolean,
): boolean {
  if (!isFields(before) || !isFields(now) || Array.isArray(before) !== Array.isArray(now)) return false
  const names = Object.keys(before)
  return (
    names.length === Object.keys(now).length &&
    names.every((name) => name in now && isAlike(name, before[name], now[name]))
  )
}
