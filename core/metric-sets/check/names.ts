import type { Report } from './problem.ts'

const NAME = /^[a-z][a-zA-Z0-9_]{0,39}$/

const TIER_RULES_NAME = /^[A-Za-z][A-Za-z0-9_]{0,39}$/

const RULE_NAME = /^[a-z][a-zA-Z0-9_-]{0,59}$/

export function checkName(name: string, path: string, report: Report): void {
  if (!NAME.test(name)) {
    report(path, `"${name}" cannot be a name: a small letter comes first, then up to 39 letters, digits or underscores`)
  } else if (name in Object.prototype) {
    report(path, `"${name}" is reserved by the language that reads definitions; choose another name`)
  }
}

export function checkTierRulesName(name: string, path: string, report: Report): void {
  if (TIER_RULES_NAME.test(name) && !(name in Object.prototype)) return
  report(path, `"${name}" cannot be a name: a letter comes first, then up to 39 letters, digits or underscores`)
}

export function checkRuleName(name: string, path: string, report: Report): void {
  if (RULE_NAME.test(name)) return
  report(
    path,
    `"${name}" cannot name a rule: a small letter comes first, then up to 59 letters, digits, dashes or underscores`,
  )
}

/** The entry of that name, and never something that every object inherits. */
export function entryOf<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined
}

/** `"depature" is no event type; did you mean "departure"?`, or else what there is. */
export function unknownName(name: string, kind: string, known: readonly string[]): string {
  const near = nearestName(name, known)
  if (near !== undefined) return `"${name}" is no ${kind}; did you mean "${near}"?`
  return `"${name}" is no ${kind}; there ${known.length === 0 ? 'is none' : `is ${known.join(', ')}`}`
}

/** The known name that differs least, if by no more than a third of its letters; case and underscores count for nothing. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  let best: { readonly name: string; readonly distance: number } | undefined
  for (const candidate of known) {
    const distance = editDistance(plain(name), plain(candidate))
    if (distance <= Math.max(1, Math.floor(candidate.length / 3)) && distance < (best?.distance ?? Infinity)) {
      best = { name: candidate, distance }
    }
  }
  return best?.name
}

function plain(name: string): string {
  return name.replaceAll('_', '').toLowerCase()
}

/** Letters to insert, drop, replace or swap with their neighbour. */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = at(previous, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(beforePrevious, j - 2) + 1 : Infinity
      row.push(Math.min(at(previous, j) + 1, at(row, j - 1) + 1, replaced, swapped))
    }
    beforePrevious = previous
    previous = row
  }
  return at(previous, b.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity
}
