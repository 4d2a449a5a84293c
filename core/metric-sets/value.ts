/** A field's value once parsed: decimals as scaled integers, timestamps as instants; null where it is absent. */
export type Value = string | number | boolean | readonly string[] | null

export type Values = readonly Value[]

/** Where a named field stands among the values, and by which power of ten it is scaled. */
export interface FieldPlace {
  readonly index: number
  readonly decimals: number
}

export type FindField = (name: string) => FieldPlace
