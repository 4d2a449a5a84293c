import type { z } from 'zod'
import { nearestName } from '../../core/metric-sets/check/names.ts'

/** The message for an object that fits none of a union's branches, each of which is known by one field. */
export function exactlyOneOf(names: readonly string[], others = ''): (issue: z.core.$ZodRawIssue) => string {
  const expected = `must have exactly one of ${names.join(', ')}`
  return ({ input }) => {
    if (typeof input !== 'object' || input === null)
      return `must be ${others}an object with exactly one of ${names.join(', ')}`
    const given = Object.keys(input).filter((key) => names.includes(key))
    if (given.length > 1) return `${expected}, has ${given.join(' and ')}`
    for (const key of Object.keys(input)) {
      const meant = nearestName(key, names)
      if (meant !== undefined) return `${expected}; did you mean ${meant} instead of ${key}?`
    }
    return expected
  }
}
