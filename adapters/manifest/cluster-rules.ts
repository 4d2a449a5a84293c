/**
 * What an API server checks when an object is written, beside its shape, in the words of `mp validate`. CEL, and so no lookaround in
 * patterns. An expression about `self` belongs to the schema that carries it.
 */
export interface ClusterRule {
  readonly rule: string
  readonly message?: string
  /** CEL too, where the words depend on the value. */
  readonly messageExpression?: string
  /** The field inside `self` that is at fault: `.quiet`. */
  readonly fieldPath?: string
}

/** Metadata for a schema. The CRD is made of it; nothing else looks at it. */
export function clusterRules(...rules: readonly ClusterRule[]): {
  readonly 'x-kubernetes-validations': readonly ClusterRule[]
} {
  return { 'x-kubernetes-validations': rules }
}

/** A list whose items are known by one of their fields: server-side apply merges it item by item. */
export function keyedBy(field: string): Readonly<Record<string, unknown>> {
  return { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [field] }
}

/** A list in which no value may come twice. */
export const DISTINCT: Readonly<Record<string, unknown>> = { 'x-kubernetes-list-type': 'set' }

/** A text in CEL. */
export function cel(text: string): string {
  return JSON.stringify(text)
}

/** `"<value>" is …` */
export function valueIs(what: string, value = 'self'): string {
  return `${cel('"')} + ${value} + ${cel(`" is ${what}`)}`
}

/** Exactly one of these fields is there. */
export function oneOfFields(names: readonly string[]): ClusterRule {
  return {
    rule: `[${names.map((name) => `has(self.${name})`).join(', ')}].exists_one(given, given)`,
    message: `must have exactly one of ${names.join(', ')}`,
  }
}
