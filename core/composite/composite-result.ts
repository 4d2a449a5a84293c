/** What a calculation of a composite gives. Numbers are decimal text, for nothing of them may be lost on the way. */
export interface CompositeResult {
  /** Null where an input that it is made of has no value, or where there is nothing that it could rest on. */
  readonly value: string | null
  /** On how much it rests: what the definition's `sample` comes to. */
  readonly sampleSize: number
  /** By the names of the definition. */
  readonly inputs: Readonly<Record<string, string | null>>
}
