import * as z from 'zod'

/** A map of names, bounded as everything is that an API server has rules about. */
export function mapOf<Value extends z.ZodType>(values: Value, most: number) {
  return z
    .record(z.string(), values)
    .refine((map) => Object.keys(map).length <= most, {
      error: ({ input }) => `must have at most ${most} entries, has ${Object.keys(input as object).length}`,
    })
    .meta({ maxProperties: most })
}
