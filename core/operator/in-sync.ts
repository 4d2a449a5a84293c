import { parseQuantity } from '../pipeline/parse-quantity.ts'
import { fingerprint } from './fingerprint.ts'
import type { KubernetesObject } from './kubernetes-object.ts'

/** The annotation that every object has which the operator applied. */
export const APPLIED = 'metricspipelines.io/applied'

/** The object with a mark of what was asked for, so that a field which is asked for no longer is noticed too. */
export function withMark(desired: KubernetesObject): KubernetesObject {
  const { metadata } = desired
  return {
    ...desired,
    metadata: { ...metadata, annotations: { ...metadata.annotations, [APPLIED]: fingerprint(desired) } },
  }
}

/**
 * Whether an object is as it should be: every field asked for is there with its value. What others added, and what the API server filled in,
 * does not count.
 */
export function isInSync(desired: KubernetesObject, observed: KubernetesObject): boolean {
  return covers(observed, desired)
}

function covers(observed: unknown, desired: unknown): boolean {
  if (observed === undefined) return isNothing(desired)
  if (Array.isArray(desired)) return Array.isArray(observed) && coversList(observed, desired)
  if (typeof desired === 'object' && desired !== null) {
    if (typeof observed !== 'object' || observed === null) return false
    return Object.entries(desired).every(([key, value]) =>
      value === undefined ? true : covers((observed as Record<string, unknown>)[key], value),
    )
  }
  return observed === desired || equalQuantities(observed, desired)
}

/** What the API server leaves out: lists, objects and texts without anything in them. */
function isNothing(desired: unknown): boolean {
  if (Array.isArray(desired)) return desired.length === 0
  if (typeof desired === 'object' && desired !== null) return Object.values(desired).every(isNothing)
  return desired === undefined || desired === ''
}

/** In lists whose items have names others may have items of their own; all other lists are ours as a whole. */
function coversList(observed: readonly unknown[], desired: readonly unknown[]): boolean {
  const identify = identityOf(desired)
  if (identify === undefined) {
    return observed.length === desired.length && desired.every((item, index) => covers(observed[index], item))
  }
  return desired.every((item) =>
    observed.some((candidate) => identify(candidate) === identify(item) && covers(candidate, item)),
  )
}

/** What makes an item of such a list one's own: a name, or in constraints on the spread of pods what only those have. */
const IDENTITIES = ['name', 'whenUnsatisfiable'] as const

function identityOf(items: readonly unknown[]): ((item: unknown) => unknown) | undefined {
  const key = IDENTITIES.find((each) => items.length > 0 && items.every((item) => fieldOf(item, each) !== undefined))
  return key === undefined ? undefined : (item) => fieldOf(item, key)
}

function fieldOf(item: unknown, key: string): unknown {
  return typeof item === 'object' && item !== null ? (item as Record<string, unknown>)[key] : undefined
}

/** The API server writes `1000m` as `1`. */
function equalQuantities(observed: unknown, desired: unknown): boolean {
  if (!isQuantity(observed) || !isQuantity(desired)) return false
  const [a, b] = [parseQuantity(observed), parseQuantity(desired)]
  return a !== undefined && a === b
}

function isQuantity(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number'
}
