import type { Path } from './problem.ts'

/**
 * The keys behind a path written as text, such as `events.departure.fields`. Where a dot could also belong to a key, as in
 * `where.session.number`, the keys that `value` really has decide.
 */
export function locatePath(text: string, value: unknown): Path {
  if (text === '') return []
  const index = /^\[(\d+)\]/.exec(text)
  const step = index === null ? keyAtStart(text, value) : Number(index[1])
  const rest = text.slice(index === null ? String(step).length : index[0].length).replace(/^\./, '')
  return [step, ...locatePath(rest, (value as Record<string | number, unknown> | undefined)?.[step])]
}

function keyAtStart(text: string, value: unknown): string {
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : []
  const fitting = keys.filter((key) => text.startsWith(key) && /^(?:[.[]|$)/.test(text.slice(key.length)))
  const longest = fitting.sort((a, b) => b.length - a.length)[0]
  return longest ?? text.split(/[.[]/, 1)[0] ?? text
}
